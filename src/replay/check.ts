type Check = (value: unknown) => boolean

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isCount: Check = value => typeof value === 'number' && Number.isInteger(value) && value >= 0
const isText: Check = value => typeof value === 'string'
const isContent: Check = value =>
  isObject(value) &&
  ('json' in value
    ? value.end === undefined || isText(value.end)
    : isText(value.text) || (isText(value.base64) && isBase64(String(value.base64))))
const isBase64 = (text: string) => Buffer.from(text, 'base64').toString('base64') === text
const isHeaders: Check = value =>
  isObject(value) && Object.values(value).every(field => [field].flat().every(isText))
const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)

/** What the fields of an event are; the first one tells its kind. */
const kinds: ReadonlyArray<Readonly<Record<string, Check>>> = [
  {
    request: value => isText(value) && /^[!-~]+ \S+$/.test(String(value)),
    headers: isHeaders,
    body: optional(isContent),
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

/** The first field of an event that is not what it has to be. */
export function wrongField(value: unknown): string | undefined {
  if (!isObject(value)) return 'braces'
  const kind = kinds.find(fields => (Object.keys(fields)[0] ?? '') in value)
  const checks = Object.entries({ conn: isCount, at: isCount, ...kind })
  return kind === undefined ? 'kind' : checks.find(([name, check]) => !check(value[name]))?.[0]
}
