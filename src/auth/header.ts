import type { Credentials } from './credentials.ts'
import { Secret } from './secret.ts'

/**
 * The value of `X-Registry-Auth`: base64 in the URL alphabet, padded, of Docker's AuthConfig as JSON. `serveraddress` is the
 * key that the credentials were found under. Base64 hides nothing: the Engine can read them, and so can anyone on the way to
 * it, unless the connection is a unix socket, TLS or ssh.
 */
export function encodeRegistryAuth(credentials: Credentials, serveraddress: string): Secret {
  const json = JSON.stringify({ ...authConfig(credentials), serveraddress })
  // Not 'base64url', which leaves out the padding: the Engine ignores such a header and pulls anonymously.
  return new Secret(Buffer.from(json).toString('base64').replaceAll('+', '-').replaceAll('/', '_'))
}

function authConfig(credentials: Credentials): Record<string, string> {
  if ('identityToken' in credentials) return { identitytoken: plain(credentials.identityToken) }
  if ('registryToken' in credentials) return { registrytoken: plain(credentials.registryToken) }
  return { username: credentials.username, password: plain(credentials.password) }
}

function plain(secret: string | Secret): string {
  return typeof secret === 'string' ? secret : secret.reveal()
}
