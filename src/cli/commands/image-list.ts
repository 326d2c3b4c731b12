import { processContext } from '../process-context.ts'
import { readStdin } from '../terminal/stdin.ts'
import { UsageError } from '../usage.ts'
import { readGivenFile } from '../values/given-file.ts'

const limit = 1024 * 1024

/** The images that `--file` names, one a line; `#` begins a comment, and `-` is stdin. */
export async function imageList(path: string): Promise<string[]> {
  const bytes = path === '-' ? await readStdin(limit) : readGivenFile(path, '--file', processContext())
  if (bytes === undefined)
    throw new UsageError('--file -: stdin has more than 1 MiB', 'Pass a list of images.')
  const lines = new TextDecoder().decode(bytes).split('\n')
  const images = lines.map(line => line.replace(/(^|\s)#.*/, '').trim()).filter(line => line !== '')
  if (images.length > 0) return images
  throw new UsageError('--file names no image', 'Write one image a line.')
}
