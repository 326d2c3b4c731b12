import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CredentialError } from '../../src/auth/error.ts'
import { lookUpRegistryAuth } from '../../src/auth/lookup.ts'
import { Secret } from '../../src/auth/secret.ts'
import { random, tries } from '../support/random.ts'
import { exposure } from './exposure.ts'
import { temporaryDirectory } from './fake-helpers.ts'

const planted = 'pl4nted-s3cret'
const below = random(20261123)
const pick = <T>(choices: readonly [T, ...T[]]): T => choices[below(choices.length)] ?? choices[0]
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
      'r.io/team',
      'https://R.io/other/',
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

/** What a lookup gives or throws, which shows no secret. */
async function tryLookup(directory: string, config: string, variable: string): Promise<unknown> {
  await writeFile(join(directory, 'config.json'), config)
  const env = { PATH: directory, DOCKER_CONFIG: directory, DOCKER_AUTH_CONFIG: variable }
  const found = await lookUpRegistryAuth({ registry: 'r.io', repository: 'team/app', env })
  const result = found.broken ?? found
  const texts = `${config}\n${variable}`
  if (result instanceof Error) expect(result, texts).toBeInstanceOf(CredentialError)
  expect(exposure(result), texts).not.toContain(planted)
  expect(exposure(result), texts).not.toContain(auth)
  return result
}

/** As many as it takes for every kind of outcome to occur. */
const rounds = 3 * tries

test(`any configuration gives credentials, none, or a CredentialError without its contents (${rounds} rounds)`, async () => {
  const directory = await temporaryDirectory()
  const seen = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const result = await tryLookup(directory, configText(), pick(['', '', configText()]))
    seen.add(
      result instanceof Error ? `error about ${result.message.split(/[ /]/, 1)[0]}` : JSON.stringify(result),
    )
  }
  const kinds = [
    '"source":"anonymous"',
    '"source":"config.json"',
    '"source":"DOCKER_AUTH_CONFIG"',
    'error about',
  ]
  for (const kind of kinds) expect([...seen].join('\n'), 'occurs').toContain(kind)
}, 600_000)

// None of these is for r.io/team/app, whatever stands under it.
const OTHERS = [
  's.io',
  'r.io:5000',
  'r.io/tea',
  'r.io/team/application',
  'https://r.io/v2/other',
  '',
  '__proto__',
] as const

function noise(): [string, unknown][] {
  return Array.from({ length: below(4) }, () => [pick(OTHERS), shape(2)])
}

test(`nothing that stands beside it spoils a good entry (${tries} rounds)`, async () => {
  const directory = await temporaryDirectory()
  for (let round = 0; round < tries; round++) {
    const key = pick(['r.io', 'https://r.io/v2/', 'r.io/team', 'R.io/team/app'])
    const auths = Object.fromEntries([...noise(), [key, { auth }], ...noise()])
    const credHelpers = Object.fromEntries([...noise(), ['r.io', ''], ...noise()])
    const config = JSON.stringify({ credHelpers, credsStore: shape(2), auths })
    const variable = JSON.stringify({
      auths: Object.fromEntries(noise()),
      credHelpers: Object.fromEntries(noise()),
    })
    const asVariable = pick([true, false])
    const result = await tryLookup(directory, asVariable ? '{' : config, asVariable ? config : variable)
    const source = asVariable ? 'DOCKER_AUTH_CONFIG' : 'config.json'
    expect(result, `${config}\n${variable}`).toEqual({ header: expect.any(Secret), source })
  }
}, 600_000)
