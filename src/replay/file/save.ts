import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces a file as a whole, or leaves it as it was. What is not a file, as a device, is written to. */
export async function replaceFile(
  file: string,
  text: string,
  { mode }: { mode?: number } = {},
): Promise<void> {
  const existing = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (existing !== undefined && !existing.isFile()) return writeFile(file, text)
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await writeFile(temporary, text, { mode })
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Makes the folder of a file that is to be written. */
export async function makeFolder(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
}
