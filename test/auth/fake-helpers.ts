import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A directory for one test, removed after it. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-auth-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Credential helpers that are shell scripts (`$DIR` is where they may write), the Docker configuration beside them, and the environment to find both. */
export async function fakeHelpers(scripts: Record<string, string> = {}, config?: unknown) {
  const directory = await temporaryDirectory()
  for (const [name, script] of Object.entries(scripts)) {
    const file = join(directory, `docker-credential-${name}`)
    await writeFile(file, `#!/bin/sh\n${script}\n`)
    await chmod(file, 0o755)
  }
  if (config !== undefined) {
    const text = typeof config === 'string' ? config : JSON.stringify(config)
    await writeFile(join(directory, 'config.json'), text)
  }
  const env = {
    DOCKER_CONFIG: directory,
    DIR: directory,
    PATH: `${directory}:/usr/bin:/bin`,
    HOLDFAST_HELPER_ENV: 'DIR',
  }
  return { directory, env, read: (name: string) => readFile(join(directory, name), 'utf8') }
}

/** What `promise` rejects with; fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const { value, reason } = await promise.then(
    value => ({ value, reason: undefined }),
    (reason: unknown) => ({ value: undefined, reason }),
  )
  if (reason === undefined) throw new Error(`resolved, with ${JSON.stringify(value)}`)
  return reason
}
