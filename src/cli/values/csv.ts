import { UsageError } from '../usage.ts'

// A field, quoted or not, and what ends it.
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y

/** The fields of one CSV record, by the rules of Go's encoding/csv. */
export function parseCsv(text: string, where: string): string[] {
  const fields: string[] = []
  let more = true
  for (let at = 0; more; at = field.lastIndex) {
    field.lastIndex = at
    const [whole, quoted, plain = '', end] = field.exec(text) ?? []
    if (whole === undefined) {
      throw new UsageError(
        `${where}: field ${fields.length + 1} is not CSV`,
        'Put quotes around a whole field ("volume-opt=o=a,b"), double the ones inside it, and stay on one line.',
      )
    }
    fields.push(quoted?.replaceAll('""', '"') ?? plain)
    more = end === ','
  }
  return fields
}
