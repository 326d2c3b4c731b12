import { escapeRegExp } from '../bytes/text.ts'

/** A value that bytes, read as latin1, show by themselves to be secret. */
export interface Evidence {
  value: string
  /** Where it stands. */
  start: number
  end: number
  /** Whether it is to be looked for elsewhere: not what only stands where secrets may stand. */
  everywhere: boolean
  /** What it was said to be, `DB_PASSWORD`. */
  name?: string
}

/** What may stay, and what goes beside what is known to be secret. */
export interface EvidenceRules {
  /** Names of variables whose values stay, or all whose names don't say that they are secret. */
  keepEnv: true | readonly string[]
  redactLabels: readonly string[]
  redact: readonly RegExp[]
}

const secretName = /pass|secret|token|key|credential|auth/i
const string = '"([^"\\\\]*(?:\\\\[\\s\\S][^"\\\\]*)*)(?:"|\\\\?$)'
// By their text, not by parsing: what a cut leaves is not JSON any more.
const fields = new RegExp(
  `"(?<name>password|auth|identitytoken|registrytoken|secret|data|jointoken|unlockkey)"\\s*:\\s*${string}`,
  'gdi',
)
const variableLists = new RegExp(`"Env"\\s*:\\s*\\[(?:\\s*,?\\s*${string})*`, 'g')
const strings = new RegExp(string, 'gd')
// A user, and the password behind it, between the slashes of a URL and its last @; the slashes may be escaped.
const encoded = (digits: string) => `%(?:25){0,3}${digits}`
const urlUsers = new RegExp(
  `(?::(?:\\\\{0,8}/){2}|${encoded('3A')}${encoded('2F')}${encoded('2F')})` +
    `((?:(?!${encoded('(?:2F|3F|23|26)')}|&\\w+=)(?:[^/ \\t\\r\\n"<>?#\\\\]|\\\\u00[0-9a-f]{2}))+)(?:@|${encoded('40')})`,
  'gdi',
)
const swarmTokens = /(SWM(?:TKN|KEY)-1-[\w+/-]+)/dg
const queries =
  /[?&](?:token|access_token|sig|signature|password|secret|api_?key|x-amz-(?:signature|credential|security-token))=([^&\s"'\\]+)/dgi
const gap = String.raw`(?:=|"\s*,\s*"|[ \t]+)["']?`
// What a shell is to fill in is not a secret.
const argument = String.raw`([^\s"'\\$][^\s"'\\]*)`
/** Of command lines, as one text or as a list of arguments. */
const args: readonly RegExp[] = [
  new RegExp(
    String.raw`--?(?![\w-]*(?:stdin|file|path|dir)\b)[\w-]*(?:passw(?:or)?d|token|secret|api-?key)[\w-]*${gap}${argument}`,
    'dgi',
  ),
  new RegExp(String.raw`\bcurl\b[^\n]{0,400}?(?:\s-u|"-u|--user)${gap}[^\s"':]+:${argument}`, 'dgi'),
  /\bBearer[ +]([\w.~+/=-]{8,})/dgi,
]
const assignments =
  /^[ \t]*(?:export[ \t]+)?(?<name>[\w./:@-]*(?:pass|secret|token|key|credential|_auth)\w*)[ \t]*=[ \t]*["']?([^\s"']+)/dgim

/** What the body of a message shows. */
export function bodyEvidence(text: string, rules: EvidenceRules): Evidence[] {
  const labels = rules.redactLabels.map(name => new RegExp(`"${escapeRegExp(name)}"\\s*:\\s*${string}`, 'gd'))
  return [
    ...matches(text, fields).flatMap(fieldEvidence),
    ...[...text.matchAll(variableLists)].flatMap(({ 0: list, index }) =>
      variableEvidence(list, index, rules.keepEnv),
    ),
    ...labels.flatMap(label => matches(text, label)),
    ...args.flatMap(pattern => matches(text, pattern)),
    ...plainEvidence(text, rules),
  ]
}

/** What the path and query of a request show. */
export function targetEvidence(text: string, rules: EvidenceRules): Evidence[] {
  return [...matches(text, queries), ...plainEvidence(text, rules)]
}

/** What a file shows, as `.env` and `.npmrc` have it. */
export function fileEvidence(text: string, rules: EvidenceRules): Evidence[] {
  return [
    ...matches(text, assignments),
    ...matches(text, fields).flatMap(fieldEvidence),
    ...plainEvidence(text, rules),
  ]
}

/** All of a text is secret, but for blanks around it. */
export function wholeEvidence(latin1: string): Evidence[] {
  const text = latin1.trim()
  const start = latin1.indexOf(text)
  const value = Buffer.from(text, 'latin1').toString('utf8')
  return text === '' ? [] : [{ value, start, end: start + text.length, everywhere: true }]
}

/** What any text shows. */
export function plainEvidence(text: string, { redact }: EvidenceRules): Evidence[] {
  const users = matches(text, urlUsers).map(user => ({ ...user, value: passwordOf(decoded(user.value)) }))
  const own = redact.map(pattern => new RegExp(pattern.source, `${pattern.flags.replace(/[dgy]/g, '')}dg`))
  return [...users, ...matches(text, swarmTokens), ...own.flatMap(pattern => matches(text, pattern))]
}

/** What follows the user in `user:password`. */
export function passwordOf(login: string): string {
  return login.split(':').slice(1).join(':')
}

/** True for the name of a variable whose value is likely to be secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** The last group of each match, or the match where there is none. */
function matches(text: string, pattern: RegExp): Evidence[] {
  return [...text.matchAll(pattern)].flatMap(match => {
    const { indices = [], groups } = match
    const [start, end] = indices.findLast(range => range !== undefined) ?? [0, 0]
    const value = unquoted(text.slice(start, end))
    const name = groups?.name
    return start === end ? [] : [{ value, start, end, everywhere: true, ...(name !== undefined && { name }) }]
  })
}

// The data of a swarm's secret is said once; looked for elsewhere, that of its configs would take out much.
function fieldEvidence(field: Evidence): Evidence[] {
  const name = field.name?.toLowerCase()
  if (name === 'data') return [{ ...field, everywhere: false }]
  if (name !== 'auth') return [field]
  const password = passwordOf(Buffer.from(field.value, 'base64').toString('utf8'))
  return password === '' ? [field] : [field, { ...field, value: password }]
}

function variableEvidence(list: string, index: number, keepEnv: EvidenceRules['keepEnv']): Evidence[] {
  const from = index + list.indexOf('[')
  return matches(list.slice(list.indexOf('[')), strings).flatMap(entry => {
    const { start, end } = entry
    const raw = list.slice(list.indexOf('[') + start, list.indexOf('[') + end)
    const equals = raw.indexOf('=')
    if (equals === -1 || equals === raw.length - 1) return []
    const name = raw.slice(0, equals)
    const everywhere = isSecretName(name)
    if (keepEnv === true ? !everywhere : keepEnv.includes(name)) return []
    const value = unquoted(raw.slice(equals + 1))
    return [{ value, start: from + start + equals + 1, end: from + end, everywhere, name }]
  })
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

function decoded(user: string): string {
  try {
    return decodeURIComponent(user)
  } catch {
    return user
  }
}
