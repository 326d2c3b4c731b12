import { streams } from '../bytes/frames.ts'

type Check = (value: unknown) => boolean

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)
const isCount: Check = value => typeof value === 'number' && Number.isInteger(value) && value >= 0
const isText: Check = value => typeof value === 'string'
const isContent: Check = value =>
  isObject(value) &&
  ('json' in value
    ? value.end === undefined || isText(value.end)
    : 'archive' in value
      ? Array.isArray(value.archive) && value.archive.every(isEntry)
      : isBytes(value))
const isBytes = (value: Record<string, unknown>) =>
  isText(value.text) || (isText(value.base64) && isBase64(String(value.base64)))
const isEntry: Check = value =>
  isObject(value) &&
  isText(value.name) &&
  /^[0-7]{1,7}$/.test(String(value.mode)) &&
  !Number.isNaN(Date.parse(String(value.mtime))) &&
  (value.type === undefined ? isBytes(value) : /^(directory|symlink|link)$/.test(String(value.type))) &&
  optional(isText)(value.link) &&
  optional(isCount)(value.uid) &&
  optional(isCount)(value.gid)
const isBase64 = (text: string) => Buffer.from(text, 'base64').toString('base64') === text
const isHeaders: Check = value =>
  isObject(value) && Object.values(value).every(field => [field].flat().every(isText))

interface Field {
  name: string
  check: Check
}
type Fields = readonly Field[]

/** What the fields of a line are; the first one says what kind it is. */
const shapes: ReadonlyArray<Readonly<Record<string, Check>>> = [
  { output: value => streams.some(stream => stream === value), base64: optional(isText) },
  {
    request: value => isText(value) && /^[!-~]+ \S+$/.test(String(value)),
    headers: isHeaders,
    body: optional(isContent),
    optional: optional(value => value === true),
  },
  {
    answer: value => isCount(value) && /^[1-9]\d\d$/.test(String(value)),
    reason: isText,
    headers: isHeaders,
    body: optional(isContent),
    length: optional(isCount),
  },
  { chunk: isContent, length: optional(isCount) },
  { chunks: value => value === 'end' },
  { received: isContent },
  { sent: value => value === 'end' || isContent(value) },
  { closed: value => value === 'engine' || value === 'client', reset: optional(value => value === true) },
]
const fieldsOf = (shape: Readonly<Record<string, Check>>): Fields =>
  Object.entries(shape).map(([name, check]) => ({ name, check }))
const kinds: readonly Fields[] = shapes.map(fieldsOf)

const ofEvents = fieldsOf({ conn: isCount, at: isCount })
const ofLines = fieldsOf({
  at: optional(isCount),
  after: optional(names => Array.isArray(names) && names.every(isText)),
})

/** The first field of a line of version 1 that is not what it has to be. */
export function wrongEventField(value: unknown): string | undefined {
  return wrongField(value, ofEvents)
}

/** The same of version 2. */
export function wrongLineField(value: unknown): string | undefined {
  const wrong = wrongField(value, ofLines)
  return wrong === undefined && isObject(value) && 'output' in value && !isBytes(value) ? 'text' : wrong
}

function wrongField(value: unknown, common: Fields): string | undefined {
  if (!isObject(value)) return 'braces'
  const kind = kinds.find(fields => (fields[0]?.name ?? '') in value)
  return kind === undefined ? 'kind' : (wrongOf(common, value) ?? wrongOf(kind, value))
}

function wrongOf(fields: Fields, value: Record<string, unknown>): string | undefined {
  return fields.find(({ name, check }) => !check(value[name]))?.name
}
