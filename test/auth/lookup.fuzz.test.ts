import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CredentialError } from '../../src/auth/error.ts'
import { lookUpRegistryAuth } from '../../src/auth/lookup.ts'
import { exposure } from './exposure.ts'
import { temporaryDirectory } from './fake-helpers.ts'

const ROUNDS = Number(process.env.HOLDFAST_FUZZ ?? 300)
const planted = 'pl4nted-s3cret'

// mulberry32
function randomly(seed: number): <T>(choices: readonly [T, ...T[]]) => T {
  let state = seed
  return choices => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return choices[((bits ^ (bits >>> 14)) >>> 0) % choices.length] ?? choices[0]
  }
}

const pick = randomly(20261123)
const auth = Buffer.from(`u:${planted}`).toString('base64')

const SECRETS = [planted, auth, `${auth}=`, ''] as const
// A helper's name is shown in messages, and no secret.
const NAMES = ['../x', 'none', 'x y', ''] as const

function shape(depth: number, texts: typeof SECRETS | typeof NAMES = SECRETS): unknown {
  const kind = pick(['object', 'object', 'array', 'text', 'scalar'])
  if (depth === 0 || kind === 'text') return pick([...texts, 'u:p', '\0', 'é'])
  if (kind === 'scalar') return pick([null, true, 0, 1e308, -1])
  if (kind === 'array') return [shape(depth - 1, texts)]
  const keys = Array.from({ length: pick([0, 1, 2, 3]) }, () =>
    pick([
      'r.io',
      'https://r.io/v2/',
      'R.io',
      '__proto__',
      'auth',
      'AUTH',
      'username',
      'password',
      'identitytoken',
      'toString',
      '',
    ]),
  )
  return Object.fromEntries(keys.map(key => [key, shape(depth - 1, texts)]))
}

function configText(): string {
  const config = {
    [pick(['auths', 'auths', 'Auths', 'x'])]: pick([
      shape(3),
      { 'r.io': shape(2) },
      { 'r.io': { auth: shape(0) } },
    ]),
    [pick(['credHelpers', 'credhelpers', 'x', 'x', 'x'])]: shape(2, NAMES),
    [pick(['credsStore', 'x', 'x', 'x'])]: shape(1, NAMES),
  }
  const text = JSON.stringify(pick([config, config, config, config, shape(3)]))
  const at = text.length >> pick([1, 2, 3])
  return pick([
    text,
    text,
    text,
    text,
    text.slice(0, at),
    `${text.slice(0, at)}${pick(['"', '}', '\0', planted])}${text.slice(at)}`,
  ])
}

test(`any config.json gives credentials, none, or a CredentialError without its contents (${ROUNDS} rounds)`, async () => {
  const directory = await temporaryDirectory()
  const seen = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const text = configText()
    await writeFile(join(directory, 'config.json'), text)
    const env = { PATH: directory, DOCKER_CONFIG: directory }
    const result: unknown = await lookUpRegistryAuth({ registry: 'r.io', env }).catch(
      (error: unknown) => error,
    )
    if (result instanceof Error) expect(result, text).toBeInstanceOf(CredentialError)
    expect(exposure(result), text).not.toContain(planted)
    expect(exposure(result), text).not.toContain(auth)
    seen.add(result instanceof Error ? 'error' : JSON.stringify(result))
  }
  expect(seen.size, 'errors, credentials and anonymous all occur').toBe(3)
}, 600_000)
