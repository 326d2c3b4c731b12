import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { countSpareFiles, spareFiles } from '../../src/host/open-files.ts'

let limits: string
let open: string

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-open-files-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  limits = join(folder, 'limits')
  open = join(folder, 'fd')
  await mkdir(open)
  for (const number of ['0', '1', '2']) await writeFile(join(open, number), '')
})

const line = (soft: string) =>
  `Max processes             95899                95899                processes \nMax open files            ${soft}                 524288               files     \n`

test('the limit, less what is open', async () => {
  await writeFile(limits, line('64'))
  expect(countSpareFiles(limits, open)).toBe(61)
})

test('a system that sets no limit', async () => {
  await writeFile(limits, line('unlimited'))
  expect(countSpareFiles(limits, open)).toBe(10_240)
})

test('a system without such files', () => {
  expect(countSpareFiles(limits, open)).toBe(10_240)
})

test('this process', () => {
  expect(spareFiles()).toBeGreaterThan(0)
  expect(spareFiles()).toBe(spareFiles())
})
