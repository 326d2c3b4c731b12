const secretKeys: ReadonlySet<string> = new Set(['password', 'auth', 'identitytoken', 'registrytoken'])

/** The secrets in a value of `X-Registry-Auth`: the value itself, its password or token, and `user:password` in base64. */
export function registryAuthSecrets(header: string): string[] {
  const fields = fieldsOf(header).filter(([, value]) => value !== '')
  const username = fields.find(([key]) => key === 'username')?.[1] ?? ''
  const secrets = fields
    .filter(([key]) => secretKeys.has(key))
    .flatMap(([key, value]) => [
      value,
      ...(key === 'auth' ? [passwordOf(Buffer.from(value, 'base64').toString())] : []),
    ])
  const pairs = secrets.flatMap(secret => {
    const pair = Buffer.from(`${username}:${secret}`)
    return [pair.toString('base64'), pair.toString('base64url')]
  })
  return [...new Set([header, ...secrets, ...pairs].flatMap(withoutPadding))].filter(secret => secret !== '')
}

function passwordOf(login: string): string {
  return login.split(':').slice(1).join(':')
}

function fieldsOf(header: string): Array<[key: string, value: string]> {
  try {
    const fields: unknown = JSON.parse(Buffer.from(header, 'base64').toString('utf8'))
    if (typeof fields !== 'object' || fields === null) return []
    return Object.entries(fields).map(([key, value]) => [key.toLowerCase(), String(value)])
  } catch {
    return []
  }
}

function withoutPadding(secret: string): string[] {
  const bare = secret.replace(/=+$/, '')
  return bare === secret ? [secret] : [secret, bare]
}
