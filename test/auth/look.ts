import { expect } from 'vitest'
import type { CredentialError } from '../../src/auth/error.ts'
import { type AuthQuery, lookUpRegistryAuth, type RegistryAuth } from '../../src/auth/lookup.ts'
import { exposure } from './exposure.ts'
import { fakeHelpers } from './fake-helpers.ts'

export const planted = 'pl4nted-s3cret'
export const HUB = 'https://index.docker.io/v1/'
/** An entry of auths. */
export const stored = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') })
/** Scripts of helpers, by their names. */
export const helpers = {
  has: `cat > "$DIR/asked"; echo '{"Username":"helped","Secret":"${planted}"}'`,
  token: `cat > "$DIR/asked"; echo '{"Username":"<token>","Secret":"${planted}"}'`,
  hasnot: 'cat > "$DIR/asked"; echo "credentials not found in native keychain"; exit 1',
  broken: `echo ${planted}; echo ${planted} >&2; exit 1`,
}

/** Looks up with this config.json, these helpers and this DOCKER_AUTH_CONFIG; the header decoded. */
export async function look(config: unknown, query: Partial<AuthQuery> = {}, variable?: unknown) {
  const { env, read } = await fakeHelpers(helpers, config)
  const text = typeof variable === 'string' ? variable : JSON.stringify(variable)
  const auth = await lookUpRegistryAuth({
    registry: 'r.io',
    env: { ...env, DOCKER_AUTH_CONFIG: text },
    ...query,
  })
  const sent: unknown = auth.header && JSON.parse(Buffer.from(auth.header.reveal(), 'base64url').toString())
  expect(exposure(auth)).not.toContain(planted)
  return { ...auth, sent, asked: () => read('asked') }
}

/** The source that was broken, where the pull is anonymous because of it. */
export async function broken(looking: Promise<RegistryAuth>): Promise<CredentialError> {
  const { header, source, broken } = await looking
  expect({ header, source }).toEqual({ header: undefined, source: 'anonymous' })
  if (broken === undefined) throw new Error('no source was broken')
  return broken
}

/** What is sent for a user. */
export const user = (username: string, password: string, serveraddress = 'r.io') => ({
  username,
  password,
  serveraddress,
})
