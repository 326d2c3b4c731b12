/** What bytes, read as latin1, show by themselves to be secret: the secrets, and the ranges where they stand. */
export interface Evidence {
  secrets: string[]
  ranges: Range[]
}

export type Range = readonly [start: number, end: number]

const secretName = /pass|secret|token|key|credential|auth/i
const string = '"([^"\\\\]*(?:\\\\[\\s\\S][^"\\\\]*)*)(?:"|\\\\?$)'
// By their text, not by parsing: a cut leaves what is no JSON any more.
const secretFields = new RegExp(
  `"(password|auth|identitytoken|registrytoken|secret|data|jointoken|unlockkey)"\\s*:\\s*${string}`,
  'gdi',
)
const variableLists = new RegExp(`"Env"\\s*:\\s*\\[(?:\\s*,?\\s*${string})*`, 'g')
const variables = new RegExp(string, 'gd')
const swarmTokens = /(SWM(?:TKN|KEY)-1-[\w+/-]+)/dg
// A user, and the password behind it, between the slashes of a URL and its last @; the slashes may be escaped.
const encoded = (digits: string) => `%(?:25){0,3}${digits}`
const urlUsers = new RegExp(
  `(?::(?:\\\\{0,8}/){2}|${encoded('3A')}${encoded('2F')}${encoded('2F')})` +
    `((?:(?!${encoded('(?:2F|3F|23|26)')}|&\\w+=)(?:[^/ \\t\\r\\n"<>?#\\\\]|\\\\u00[0-9a-f]{2}))+)(?:@|${encoded('40')})`,
  'gdi',
)

/** What a body or a target shows. */
export function evidence(text: string): Evidence {
  const fields = [...text.matchAll(secretFields)].map(({ 1: key = '', 2: value = '', indices }) => ({
    secrets: ofField(key.toLowerCase(), value),
    ranges: ranges(indices?.[2]),
  }))
  const lists = [...text.matchAll(variableLists)].flatMap(({ 0: list, index }) => ofVariables(list, index))
  return joined([...fields, ...lists, plainEvidence(text)])
}

/** What any text shows, be it a body or not. */
export function plainEvidence(text: string): Evidence {
  const users = [...text.matchAll(urlUsers)].map(({ 1: user = '', indices }) => ({
    secrets: [passwordOf(unescaped(user))],
    ranges: ranges(indices?.[1]),
  }))
  const tokens = [...text.matchAll(swarmTokens)].map(({ 1: token = '', indices }) => ({
    secrets: [token],
    ranges: ranges(indices?.[1]),
  }))
  return joined([...users, ...tokens])
}

/** The value of a variable, where its name says that it is secret. */
export function ofVariable(name: string, value: string): string[] {
  return secretName.test(name) ? [value] : []
}

/** What follows the user in `user:password`. */
export function passwordOf(login: string): string {
  return login.split(':').slice(1).join(':')
}

// The data of a swarm's secret is said once; looked for elsewhere, that of its configs would take out much.
function ofField(key: string, value: string): string[] {
  if (key === 'data') return []
  const secret = unquoted(value)
  return key === 'auth' ? [passwordOf(Buffer.from(secret, 'base64').toString('utf8'))] : [secret]
}

function ofVariables(list: string, index: number): Evidence[] {
  const from = list.indexOf('[')
  return [...list.slice(from).matchAll(variables)].flatMap(({ 1: entry = '', indices }) => {
    const [start = 0, end = 0] = indices?.[1] ?? []
    const name = entry.indexOf('=')
    if (name === -1) return []
    const secrets = ofVariable(entry.slice(0, name), unquoted(entry.slice(name + 1)))
    return [{ secrets, ranges: [[index + from + start + name + 1, index + from + end] as const] }]
  })
}

function ranges(range: Range | undefined): Range[] {
  return range === undefined ? [] : [range]
}

function joined(all: readonly Evidence[]): Evidence {
  return { secrets: all.flatMap(({ secrets }) => secrets), ranges: all.flatMap(({ ranges }) => ranges) }
}

// Of a string that a cut has ended in an escape, the text as it stands is all there is.
function unquoted(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString('utf8')
  try {
    return JSON.parse(`"${text}"`)
  } catch {
    return text
  }
}

function unescaped(user: string): string {
  const text = unquoted(user)
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
