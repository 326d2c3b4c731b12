import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readRegularFile } from '../../src/host/read-file.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-host-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

test('reads a file of up to 4 MiB', async () => {
  const file = join(await folder(), 'file')
  await writeFile(file, 'text')
  expect((await readRegularFile(file)).toString()).toBe('text')
  await truncate(file, 4 * 1024 * 1024)
  expect(await readRegularFile(file)).toHaveLength(4 * 1024 * 1024)
  await truncate(file, 4 * 1024 * 1024 + 1)
  await expect(readRegularFile(file)).rejects.toMatchObject({ code: 'larger than 4 MiB' })
})

test('refuses what may have no end', async () => {
  const directory = await folder()
  execFileSync('mkfifo', [join(directory, 'pipe')])
  await expect(readRegularFile(join(directory, 'pipe'))).rejects.toMatchObject({ code: 'not a regular file' })
  await expect(readRegularFile('/dev/zero')).rejects.toMatchObject({ code: 'not a regular file' })
  await expect(readRegularFile(directory)).rejects.toMatchObject({ code: 'EISDIR' })
  await expect(readRegularFile(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('reads nothing once the signal has aborted', async () => {
  await expect(readRegularFile('/etc/hostname', AbortSignal.abort('enough'))).rejects.toBe('enough')
})
