import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hostileTars } from '../test/run/files/hostile-tars.ts'

// Writes the hostile archives of the tests as files, to try other programs with them:
// node scripts/hostile-tars.ts DIRECTORY [OUTSIDE]
const [directory, outside = '/tmp/outside'] = process.argv.slice(2)
if (directory === undefined) throw new Error('Say where: node scripts/hostile-tars.ts DIRECTORY [OUTSIDE]')
await mkdir(directory, { recursive: true })
for (const [index, { name, bytes }] of hostileTars(outside).entries()) {
  const number = String(index).padStart(2, '0')
  await writeFile(join(directory, `${number} ${name.replaceAll('/', ' ')}.tar`), bytes)
}
