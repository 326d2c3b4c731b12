/** The value of X-Registry-Auth for these fields: base64url, padded. */
export function registryAuth(fields: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(fields)).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

/** A password in the ways that programs write it down. */
export function spellings(user: string, password: string): Record<string, string> {
  const go = JSON.stringify(password).replace(
    /[<>&]/g,
    character => `\\u00${character.charCodeAt(0).toString(16)}`,
  )
  const ascii = JSON.stringify(password).replace(
    /[^ -~]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const percent = Array.from(Buffer.from(password), byte =>
    /[A-Za-z0-9]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`,
  ).join('')
  const pair = Buffer.from(`${user}:${password}`)
  return {
    plain: password,
    json: JSON.stringify(password),
    "Go's JSON": go,
    'ASCII JSON': ascii,
    'JSON in JSON': JSON.stringify(go),
    encodeURIComponent: encodeURIComponent(password),
    'a form': new URLSearchParams({ password }).toString(),
    percent,
    'lower-case percent':
      percent.toLowerCase() === percent ? percent : percent.replace(/%../g, part => part.toLowerCase()),
    "a URL's user": new URL(`http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@host`).href,
    base64: Buffer.from(password).toString('base64'),
    base64url: Buffer.from(password).toString('base64url'),
    'Basic authorization': pair.toString('base64'),
    'Basic authorization, unpadded': pair.toString('base64').replace(/=+$/, ''),
  }
}

/** Passwords that are hard to take out again. */
export const passwords = [
  'hunter2hunter2',
  'abX>>>qZf???',
  'p+w/o=r&d<x>',
  'Pa55 "w0rd" \\ two',
  'gefährlich-🔑-密',
  "!'()*~-._;:@$,",
]
