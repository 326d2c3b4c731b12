import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commands } from '../../../src/cli/commands.ts'
import { kinds } from '../error-kinds.ts'
import { withSection } from '../section.ts'
import { commandPage } from './command.ts'
import { eventComments } from './events.ts'
import { fields, options, table, typeText } from './markdown.ts'
import { type Schema, Types } from './types.ts'

const docs = join(import.meta.dirname, '../../../docs')

/** What holdfast writes as JSON: the name of the schema, the file and the name of the type. */
const records = {
  outcome: ['src/cli/records.ts', 'OutcomeFile'],
  event: ['src/cli/records.ts', 'EventLine'],
  audit: ['src/cli/records.ts', 'AuditLine'],
  log: ['src/cli/records.ts', 'LogLine'],
  check: ['src/run/image/check.ts', 'ImageCheck'],
  pull: ['src/cli/commands/pull-all.ts', 'PullReport'],
  job: ['src/run/jobs/job-info.ts', 'JobInfo'],
  wait: ['src/run/jobs/wait.ts', 'JobResult'],
} as const

type RecordName = keyof typeof records

/** The generated files of docs/, by their names: pages with generated sections, and schemas. */
export function referenceFiles(): Record<string, string> {
  using types = new Types()
  const schemas = Object.fromEntries(
    Object.entries(records).map(([name, [file, type]]) => [name, types.schema(file, type)]),
  ) as Record<RecordName, Schema>
  return {
    'outcome.md': outcomePage(schemas),
    'library.md': libraryPage(types),
    'command.md': page('command.md', { commands: commandPage(commands) }),
    ...Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [`schema/${name}.json`, schemaFile(name, schema)]),
    ),
  }
}

function schemaFile(name: string, schema: Schema): string {
  const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: `holdfast ${name}` }
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`
}

function outcomePage(schemas: Record<RecordName, Schema>): string {
  const record = (name: RecordName) => table(['Field', 'Type', 'Meaning'], fields(schemas[name]))
  const definitions = Object.assign({}, ...Object.values(schemas).map(({ $defs = {} }) => $defs))
  const parts = Object.entries<Schema>(definitions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `### ${name}\n\n${table(['Field', 'Type', 'Meaning'], fields(schema))}`)
  return page('outcome.md', {
    outcome: record('outcome'),
    kinds: table(
      ['`kind`', 'Meaning', 'Exit status of `holdfast run`'],
      Object.entries(kinds).map(([kind, { meaning, status }]) => [`\`${kind}\``, meaning, status]),
    ),
    events: eventTable(schemas.event),
    audit: record('audit'),
    log: record('log'),
    check: record('check'),
    pull: record('pull'),
    job: record('job'),
    wait: record('wait'),
    parts: parts.join('\n\n'),
  })
}

function eventTable({ anyOf = [] }: Schema): string {
  const comments = eventComments()
  const common = ['time', 'run', 'type']
  const rows = anyOf.map(({ properties = {}, required = [] }) => {
    const type = String(properties.type?.const)
    const own = Object.entries(properties).filter(([name]) => !common.includes(name))
    const list = own.map(
      ([name, schema]) => `\`${name}${required.includes(name) ? '' : '?'}\` ${typeText(schema)}`,
    )
    return [`\`${type}\``, comments.get(type) ?? '', list.join('; ')]
  })
  const order = [...comments.keys()]
  const rank = ([type = '']: string[]) => order.indexOf(type.replaceAll('`', ''))
  return table(
    ['`type`', 'When', 'Fields'],
    rows.toSorted((a, b) => rank(a) - rank(b)),
  )
}

function libraryPage(types: Types): string {
  const of = (file: string, name: string) => options(types.properties(file, name))
  return page('library.md', {
    run: of('src/run/options.ts', 'RunOptions'),
    pull: of('src/run/image/pull.ts', 'PullOptions'),
    check: of('src/run/image/check.ts', 'CheckOptions'),
    connect: of('src/engine/address/locate.ts', 'LocateOptions'),
  })
}

/** A page with its generated sections in place. */
function page(name: string, sections: Record<string, string>): string {
  const text = readFileSync(join(docs, name), 'utf8')
  return Object.entries(sections).reduce(
    (all, [section, content]) => withSection(all, section, content),
    text,
  )
}
