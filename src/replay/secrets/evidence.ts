import { escapeRegExp } from '../bytes/text.ts'

/** A value that the text around it shows to be secret. Texts are bytes read as latin1. */
export interface Evidence {
  value: string
  /** Where it stands. */
  start: number
  end: number
  /** Whether the value is looked for elsewhere too: not where only its place says that it may be secret. */
  everywhere: boolean
  /** Its name, as `DB_PASSWORD`. */
  name?: string
}

/** What stays, and what is taken out beside what is known to be secret. */
export interface EvidenceRules {
  /** Names of variables whose values stay, or all whose names don't say that they are secret. */
  keepEnv: true | readonly string[]
  redactLabels: readonly string[]
  redact: readonly RegExp[]
}

const secretName = /pass|secret|token|key|credential|auth/i
const jsonString = '"([^"\\\\]*(?:\\\\[\\s\\S][^"\\\\]*)*)(?:"|\\\\?$)'
// Patterns, not a parser: a body that was cut short is not JSON any more.
const fields = new RegExp(
  `"(?<name>password|auth|identitytoken|registrytoken|secret|data|jointoken|unlockkey)"\\s*:\\s*${jsonString}`,
  'gdi',
)
const variableLists = new RegExp(`"Env"\\s*:\\s*\\[(?:\\s*,?\\s*${jsonString})*`, 'g')
const strings = new RegExp(jsonString, 'gd')
// A user and a password, between the slashes of a URL and its last @; the slashes may be escaped.
const encoded = (digits: string) => `%(?:25){0,3}${digits}`
const urlUsers = new RegExp(
  `(?::(?:\\\\{0,8}/){2}|${encoded('3A')}${encoded('2F')}${encoded('2F')})` +
    `((?:(?!${encoded('(?:2F|3F|23|26)')}|&\\w+=)(?:[^/ \\t\\r\\n"<>?#\\\\]|\\\\u00[0-9a-f]{2}))+)(?:@|${encoded('40')})`,
  'gdi',
)
const swarmTokens = /(SWM(?:TKN|KEY)-1-[\w+/-]+)/dg
const queries =
  /[?&](?:token|access_token|sig|signature|password|secret|api_?key|x-amz-(?:signature|credential|security-token))=([^&\s"'\\]+)/dgi
const separator = String.raw`(?:=|"\s*,\s*"|[ \t]+)["']?`
// A variable that a shell expands is not a secret.
const argument = String.raw`([^\s"'\\$][^\s"'\\]*)`
/** Secrets in command lines, as one text or as a list of arguments. */
const commandLines: readonly RegExp[] = [
  new RegExp(
    String.raw`--?(?![\w-]*(?:stdin|file|path|dir)\b)[\w-]*(?:passw(?:or)?d|token|secret|api-?key)[\w-]*${separator}${argument}`,
    'dgi',
  ),
  new RegExp(String.raw`\bcurl\b[^\n]{0,400}?(?:\s-u|"-u|--user)${separator}[^\s"':]+:${argument}`, 'dgi'),
  /\bBearer[ +]([\w.~+/=-]{8,})/dgi,
]
const assignments =
  /^[ \t]*(?:export[ \t]+)?(?<name>[\w./:@-]*(?:pass|secret|token|key|credential|_auth)\w*)[ \t]*=[ \t]*["']?([^\s"']+)/dgim

/** Evidence in the body of a message. */
export function bodyEvidence(text: string, rules: EvidenceRules): Evidence[] {
  const labels = rules.redactLabels.map(
    name => new RegExp(`"${escapeRegExp(name)}"\\s*:\\s*${jsonString}`, 'gd'),
  )
  return [
    ...matches(text, fields).flatMap(fieldEvidence),
    ...[...text.matchAll(variableLists)].flatMap(({ 0: list, index }) =>
      variableEvidence(list, index, rules.keepEnv),
    ),
    ...labels.flatMap(label => matches(text, label)),
    ...commandLines.flatMap(pattern => matches(text, pattern)),
    ...plainEvidence(text, rules),
  ]
}

/** Evidence in the path and query of a request. */
export function targetEvidence(text: string, rules: EvidenceRules): Evidence[] {
  return [...matches(text, queries), ...plainEvidence(text, rules)]
}

/** Evidence in a file such as `.env` or `.npmrc`. */
export function fileEvidence(text: string, rules: EvidenceRules): Evidence[] {
  return [
    ...matches(text, assignments),
    ...matches(text, fields).flatMap(fieldEvidence),
    ...plainEvidence(text, rules),
  ]
}

/** The whole text as evidence, without the white space around it. */
export function wholeEvidence(latin1: string): Evidence[] {
  const text = latin1.trim()
  const start = latin1.indexOf(text)
  const value = Buffer.from(text, 'latin1').toString('utf8')
  return text === '' ? [] : [{ value, start, end: start + text.length, everywhere: true }]
}

/** Evidence in any text. */
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

// `data` is a Swarm's secret or config. It is sent once, and the text of a config may stand in many other places.
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

// A string that was cut within an escape is not JSON: its text is taken as it stands.
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
