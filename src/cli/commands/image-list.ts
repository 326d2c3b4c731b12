import { parseReference } from '../../run/reference.ts'
import type { Command } from '../command.ts'
import type { ProcessContext } from '../process-context.ts'
import { readStdin } from '../terminal/stdin.ts'
import { named, UsageError } from '../usage.ts'
import { readGivenFile } from '../values/file.ts'

const limit = 1024 * 1024

/** Refuses arguments that name no image. */
export function someImage({ name, operands }: Command<unknown>, images: readonly string[]): void {
  if (images.length > 0) return
  throw new UsageError(`holdfast ${name} needs an IMAGE`, `Write holdfast ${name} ${operands}.`)
}

/** Each image once: of several spellings of one name, the first. */
export function distinct(images: readonly string[]): string[] {
  const byName = new Map<string, string>()
  for (const image of images) {
    const name = nameOf(image)
    if (!byName.has(name)) byName.set(name, image)
  }
  return [...byName.values()]
}

function nameOf(image: string): string {
  try {
    const reference = parseReference(image)
    return reference.kind === 'name' ? reference.canonical : reference.id
  } catch {
    return image
  }
}

/** The images that `--file` names, one a line; `#` begins a comment, and `-` is stdin. */
export async function imageList(path: string, context: ProcessContext): Promise<string[]> {
  const lines = new TextDecoder().decode(await read(path, context)).split('\n')
  const images = lines.map(line => line.replace(/(^|\s)#.*/, '').trim()).filter(line => line !== '')
  if (images.length > 0) return images
  throw new UsageError('--file names no image', 'Write one image a line.')
}

async function read(path: string, context: ProcessContext): Promise<Uint8Array> {
  if (path === '-') {
    const bytes = await readStdin(limit)
    if (bytes !== undefined) return bytes
    throw new UsageError('--file -: stdin has more than 1 MiB', 'Pass a list of images.')
  }
  return named('--file', path, () => readGivenFile(path, context))
}
