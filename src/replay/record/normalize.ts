// In a line of JSON, an escape may stand right before an id or a date, and in a path a percent-encoded character.
const start = String.raw`(?<=^|\W|\\[bfnrt]|\\u[0-9a-f]{4}|%[0-9A-F]{2})`
const uuid = pattern('[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\\w)')
const id = pattern('(?:[0-9a-f]{64}|[0-9a-f]{12})(?!\\w)')
const isoDate = pattern(String.raw`(?!0001)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?`)
const httpDate = pattern(String.raw`\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`)
const unixSeconds = /("(?:Created|time)\\?":)\d{10}\b/g
const sinceSeconds = /([?&](?:since|until)=)\d{10}(\.\d+)?\b/g
const unixNanoseconds = /("timeNano\\?":)\d{19}\b/g

const processId = /("Pid\\?":)[1-9]\d*/g
const macAddress = /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/g
/** The process that ran a job: it differs between two recordings of one conversation. */
const jobOwner = /("dev\.holdfast\.owner\\?":\\?")[^"\\]*/g
/** The machine's own name, in the answer to /info. */
const hostName = /("NoProxy":"[^"]*","Name":")[^"]*/g
/** What the Engine counts of itself, in the same answer. */
const ownCounts = /("(?:NFd|NGoroutines|NEventsListener)":)\d+/g
/** Podman's name for a request is an address in its memory. */
const memoryAddress = /("X-Reference-Id":")0x[0-9a-f]+/g
/** A name that the Engine made up for a container that was asked for without one. */
const madeUpName = /"Name\\?":\\?"\/([a-z]+_[a-z]+\d?)\\?"/g

function pattern(source: string): RegExp {
  return new RegExp(`${start}(?:${source})`, 'gm')
}

/**
 * Makes the texts of two recordings of the same conversation alike: ids are numbered in the order of their appearance,
 * dates become the first of January 2026. Every replacement has its original's length, and stays as it is when it is
 * normalized again.
 */
export function normalize(text: string): string {
  const uuids = new NumberedNames(text.match(uuid) ?? [], n => `00000000-0000-4000-8000-${decimal(n)}`)
  const withoutUuids = text.replace(uuid, found => uuids.of(found))
  const found = withoutUuids.match(id) ?? []
  const known = new Set(found.filter(({ length }) => length === 64).map(prefix))
  // Twelve digits alone are a number, unless an id begins with them.
  const ids = new NumberedNames(
    found.map(prefix).filter(short => known.has(short) || !/^\d+$/.test(short)),
    n => `1d${n.toString(16).padStart(10, '0')}`,
  )
  return withoutNames(withoutUuids)
    .replace(id, found => ids.of(prefix(found)) + (found.length === 64 ? '0'.repeat(52) : ''))
    .replace(isoDate, date => `2026-01-01T00:00:00${date.length > 19 ? '.000000000' : ''}`)
    .replace(httpDate, 'Thu, 01 Jan 2026 00:00:00 GMT')
    .replace(unixSeconds, '$11767225600')
    .replace(sinceSeconds, (_, name, fraction = '') => `${name}1767225600${fraction.replace(/\d/g, '0')}`)
    .replace(unixNanoseconds, '$11767225600000000000')
    .replace(processId, '$11')
    .replace(macAddress, '02:42:ac:11:00:02')
    .replace(jobOwner, '$1a-host - - 1 -')
    .replace(hostName, '$1a-host')
    .replace(ownCounts, '$11')
    .replace(memoryAddress, '$10xc000000000')
}

function withoutNames(text: string): string {
  const found = [...new Set(Array.from(text.matchAll(madeUpName), ([, name = '']) => name))]
  const own = found.filter(name => !new RegExp(`[?&]name=${name}\\b`).test(text))
  return own.reduce(
    (changed, name, index) => changed.replace(new RegExp(`\\b${name}\\b`, 'g'), `name_${index + 1}`),
    text,
  )
}

const prefix = (id: string) => id.slice(0, 12)
const decimal = (n: number) => String(n).padStart(12, '0')

/** Gives numbered names to values that differ from run to run. A value that is such a name already keeps it. */
class NumberedNames {
  readonly #names = new Map<string, string>()

  constructor(found: readonly string[], name: (n: number) => string) {
    const all = new Set(found)
    const names = new Set(Array.from(all, (_, index) => name(index + 1)))
    const free = [...names].filter(numbered => !all.has(numbered))
    for (const value of all) this.#names.set(value, names.has(value) ? value : (free.shift() ?? value))
  }

  of(found: string): string {
    return this.#names.get(found) ?? found
  }
}
