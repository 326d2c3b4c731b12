import type { Engine } from '../../engine/engine.ts'
import { unpackArchive } from '../../engine/streams/unpack.ts'
import { ContainerPaths } from './container-path.ts'
import { CopyError } from './copy-error.ts'

/** Bytes that a result file may have. */
const longestResult = 2 ** 20

/** The JSON in a file of a container. */
export async function readResultFile(
  engine: Engine,
  container: string,
  file: string,
  signal: AbortSignal,
): Promise<unknown> {
  const { path, isDirectory } = await new ContainerPaths(engine, container, signal).source(file)
  if (isDirectory) throw new CopyError('it is a directory')
  const { archive } = await engine.containers.getArchive(container, path, { signal })
  for await (const { size, content } of unpackArchive(archive)) {
    if (size > longestResult) throw new CopyError(`it has more than ${longestResult} bytes`)
    const pieces: Uint8Array[] = []
    for await (const piece of content) pieces.push(piece)
    return parse(Buffer.concat(pieces).toString('utf8'))
  }
  throw new CopyError('the Engine sent an empty archive')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CopyError('it is not JSON', undefined, { cause })
  }
}
