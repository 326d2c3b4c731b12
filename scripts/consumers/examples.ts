import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Consumer, install, output } from './consumer.ts'

/** The recipes under examples that need packages of others, with those packages: their types and their tests. */
export async function examples({ folder, tarball, tally }: Consumer): Promise<void> {
  cpSync('examples', folder, { recursive: true })
  const manifest = join(folder, 'package.json')
  const { dependencies, ...rest } = JSON.parse(readFileSync(manifest, 'utf8'))
  writeFileSync(
    manifest,
    JSON.stringify({ ...rest, dependencies: { ...dependencies, holdfast: `file:${tarball}` } }),
  )
  await install(folder)
  const env = { ...process.env, CI: 'true' }
  for (const script of ['types', 'vitest', 'node-test', 'bullmq', 'temporal', 'opentelemetry']) {
    await tally.check(`example: ${script}`, async () => {
      await output('npm', ['run', script], { cwd: folder, env })
    })
  }
}
