import { streams } from '../bytes/frames.ts'

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True for an array of strings. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText)
}

const isCount = (value: unknown) => typeof value === 'number' && Number.isInteger(value) && value >= 0
const isText = (value: unknown) => typeof value === 'string'
const isStream = (value: unknown) => streams.some(stream => stream === value)
const isContent = (value: unknown) =>
  isObject(value) &&
  ('json' in value
    ? value.end === undefined || isText(value.end)
    : 'archive' in value
      ? Array.isArray(value.archive) && value.archive.every(isEntry)
      : isBytes(value))
const isBytes = ({ text, base64 }: Record<string, unknown>) =>
  isText(text) || (isText(base64) && isBase64(String(base64)))
const isEntry = (value: unknown) =>
  isObject(value) &&
  isText(value.name) &&
  /^[0-7]{1,7}$/.test(String(value.mode)) &&
  !Number.isNaN(Date.parse(String(value.mtime))) &&
  (value.type === undefined ? isBytes(value) : /^(directory|symlink|link)$/.test(String(value.type))) &&
  (value.link === undefined || isText(value.link)) &&
  (value.uid === undefined || isCount(value.uid)) &&
  (value.gid === undefined || isCount(value.gid))
const isBase64 = (text: string) => Buffer.from(text, 'base64').toString('base64') === text
const isHeaders = (value: unknown) =>
  isObject(value) && Object.values(value).every(field => isText(field) || isTexts(field))

/** Names the first field of a line that is not what it has to be. */
type Check = (line: Record<string, unknown>) => string | undefined

const unless = (right: boolean, field: string) => (right ? undefined : field)

/** The check of each kind of line, by the field that names the kind. */
const kinds: ReadonlyArray<readonly [kind: string, check: Check]> = [
  [
    'output',
    line =>
      unless(isStream(line.output), 'output') ??
      unless(line.base64 === undefined || isText(line.base64), 'base64') ??
      unless(isBytes(line), 'text'),
  ],
  [
    'request',
    ({ request, headers, body, optional }) =>
      unless(isText(request) && /^[!-~]+ \S+$/.test(String(request)), 'request') ??
      unless(isHeaders(headers), 'headers') ??
      unless(body === undefined || isContent(body), 'body') ??
      unless(optional === undefined || optional === true, 'optional'),
  ],
  [
    'answer',
    ({ answer, reason, headers, body, length }) =>
      unless(isCount(answer) && /^[1-9]\d\d$/.test(String(answer)), 'answer') ??
      unless(isText(reason), 'reason') ??
      unless(isHeaders(headers), 'headers') ??
      unless(body === undefined || isContent(body), 'body') ??
      unless(length === undefined || isCount(length), 'length'),
  ],
  [
    'chunk',
    ({ chunk, length }) =>
      unless(isContent(chunk), 'chunk') ?? unless(length === undefined || isCount(length), 'length'),
  ],
  ['chunks', ({ chunks }) => unless(chunks === 'end', 'chunks')],
  ['received', ({ received }) => unless(isContent(received), 'received')],
  ['sent', ({ sent }) => unless(sent === 'end' || isContent(sent), 'sent')],
  [
    'closed',
    ({ closed, reset }) =>
      unless(closed === 'engine' || closed === 'client', 'closed') ??
      unless(reset === undefined || reset === true, 'reset'),
  ],
]

/** The first field of a line of version 1 that is not what it has to be. */
export function wrongEventField(value: unknown): string | undefined {
  return wrongField(value, ({ conn, at }) => unless(isCount(conn), 'conn') ?? unless(isCount(at), 'at'))
}

/** The same of version 2. */
export function wrongLineField(value: unknown): string | undefined {
  return wrongField(
    value,
    ({ at, after }) =>
      unless(at === undefined || isCount(at), 'at') ?? unless(after === undefined || isTexts(after), 'after'),
  )
}

function wrongField(value: unknown, checkCommon: Check): string | undefined {
  if (!isObject(value)) return 'braces'
  const [, check] = kinds.find(([kind]) => kind in value) ?? []
  return check === undefined ? 'kind' : (checkCommon(value) ?? check(value))
}
