import { HoldfastError } from '../../run/failure.ts'
import { parseReference } from '../../run/reference.ts'
import type { Command } from '../command.ts'
import { type Flag, itself, set } from '../flags/flag.ts'
import type { ProcessContext } from '../process-context.ts'
import { readStdin } from '../terminal/stdin.ts'
import { named, UsageError } from '../usage.ts'
import { readGivenFile } from '../values/file.ts'
import { path } from '../values/scalar.ts'

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

/** The flag of a command whose images may come from a file; `verb` is what it does with them. */
export function fileFlag(verb: string): Flag<{ file?: string }> {
  return {
    name: 'file',
    about: `${verb} the images that FILE names, too, one a line; # begins a comment, - is stdin`,
    ...set(itself<{ file?: string }>, 'file', path('FILE')),
  }
}

/** An image as it was written, and where. */
export interface ListedImage {
  image: string
  /** As `--file images.txt, line 3`; undefined for an argument. */
  where?: string
}

/** The images that `--file` names, one a line; `#` begins a comment, and `-` is stdin. */
export async function imageList(file: string, context: ProcessContext): Promise<ListedImage[]> {
  const lines = new TextDecoder().decode(await read(file, context)).split('\n')
  const images = lines.flatMap((line, at) => {
    const image = line.replace(/(^|\s)#.*/, '').trim()
    return image === '' ? [] : [{ image, where: `--file ${file}, line ${at + 1}` }]
  })
  if (images.length > 0) return images
  throw new UsageError('--file names no image', 'Write one image a line.')
}

/** Separates the images whose references are valid from the errors of the others. */
export function valid(listed: readonly ListedImage[]): { images: string[]; errors: UsageError[] } {
  const images: string[] = []
  const errors: UsageError[] = []
  for (const { image, where } of listed) {
    try {
      parseReference(image)
      images.push(image)
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      const message = where === undefined ? error.message : `${where}: ${error.message}`
      errors.push(new UsageError(message, error.hint))
    }
  }
  return { images, errors }
}

async function read(file: string, context: ProcessContext): Promise<Uint8Array> {
  if (file === '-') {
    const bytes = await readStdin(limit)
    if (bytes !== undefined) return bytes
    throw new UsageError('--file -: stdin has more than 1 MiB', 'Pass a list of images.')
  }
  return named('--file', file, () => readGivenFile(file, context))
}
