import type { Dirent, Stats } from 'node:fs'
import { lstat, opendir, rename, rmdir } from 'node:fs/promises'
import { CopyError } from './copy-error.ts'
import type { Directory } from './directory.ts'
import { codeOf } from './system-error.ts'

/** How many names of a directory are read at once. */
const batch = 1_000

/**
 * Moves what is in `from` into `to`, by renaming. Directories that are in both are merged; files and links are replaced,
 * and never followed. A directory where a file is, or the other way round, fails before anything is moved.
 */
export async function moveInto(from: Directory, to: Directory): Promise<void> {
  await check(from, to)
  await merge(from, to)
}

async function check(from: Directory, to: Directory): Promise<void> {
  for await (const entry of await opendir(from.at(), { bufferSize: batch }))
    if (await areBothDirectories(entry, to)) await inBoth(from, to, entry.name, check)
}

async function merge(from: Directory, to: Directory): Promise<void> {
  for (let entries = await some(from); entries.length > 0; entries = await some(from))
    for (const entry of entries) {
      if (await areBothDirectories(entry, to)) {
        await inBoth(from, to, entry.name, merge)
        await rmdir(from.at(entry.name))
      } else await rename(from.at(entry.name), to.at(entry.name))
    }
}

/** Throws where one is a directory and the other is not. */
async function areBothDirectories(entry: Dirent, to: Directory): Promise<boolean> {
  const there = await statIfAny(to.at(entry.name))
  if (there === undefined) return false
  if (entry.isDirectory() === there.isDirectory()) return entry.isDirectory()
  const problem = there.isDirectory() ? 'is a directory' : 'exists and is not a directory'
  throw new CopyError(`${to.path}/${entry.name} ${problem}`)
}

async function inBoth(
  from: Directory,
  to: Directory,
  name: string,
  act: (from: Directory, to: Directory) => Promise<void>,
): Promise<void> {
  await using below = await from.child(name)
  await using target = await to.child(name)
  await act(below, target)
}

/** A directory's first entries: those that were moved are no longer among them. */
async function some(directory: Directory): Promise<Dirent[]> {
  const entries: Dirent[] = []
  for await (const entry of await opendir(directory.at(), { bufferSize: batch }))
    if (entries.push(entry) === batch) break
  return entries
}

/** What is there, links not followed. */
export async function statIfAny(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}
