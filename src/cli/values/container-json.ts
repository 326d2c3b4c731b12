import type { ContainerConfig } from '../../engine/wire.ts'
import { checkContainer } from '../../run/container/fields.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import { readGivenFile } from './file.ts'
import type { Kind } from './kind.ts'

/** A file with Docker's create body, or a part of it, as JSON. */
export const containerJson: Kind<ContainerConfig> = {
  meta: 'FILE',
  complete: 'file',
  parse(path, context) {
    const container = parseJson(readGivenFile(path, context))
    checkContainer(container)
    return container
  },
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    // The error would quote the file, which may have secrets.
    throw new InvalidValueError('must be a file of JSON')
  }
}
