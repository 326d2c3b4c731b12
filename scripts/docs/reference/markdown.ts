import type { Property, Schema } from './types.ts'

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

/** The fields of an object's schema. A field that may be absent has a question mark. */
export function fields({ properties = {}, required = [] }: Schema, prefix = ''): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}${required.includes(name) ? '' : '?'}`
    const about = schema.description ?? ''
    const rows = fields(inner(schema), `${prefix}${name}.`)
    // Keys of one type that need no words, such as the phases.
    const keys =
      rows.length > 2 && rows.every(([, , text]) => text === '') ? rows.map(([key]) => key) : undefined
    if (keys !== undefined) return [[`\`${path}\``, typeText(schema), `${about} Keys: ${keys.join(', ')}.`]]
    return [[`\`${path}\``, typeText(schema), about], ...rows]
  })
}

/** The fields of a value that is an object, or one of several. */
function inner(schema: Schema): Schema {
  const objects = [schema, ...(schema.anyOf ?? [])].filter(each => each.properties !== undefined)
  const [first, ...others] = objects
  if (first === undefined) return {}
  const required = (first.required ?? []).filter(name =>
    others.every(other => other.required?.includes(name)),
  )
  const properties = Object.assign({}, ...objects.map(each => each.properties))
  for (const name of Object.keys(properties)) {
    const all = objects.flatMap(each => each.properties?.[name] ?? [])
    if (all.every(each => typeof each.const === 'boolean'))
      properties[name] = { ...properties[name], type: 'boolean' }
  }
  return { properties, required }
}

/** What a value may be, in words. */
export function typeText(schema: Schema): string {
  if (schema.$ref !== undefined) return linkTo(schema.$ref.replace('#/$defs/', ''))
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ')
  if (schema.enum?.includes('registry-outage')) return 'a [kind](#kinds)'
  if (schema.enum !== undefined) return schema.enum.map(value => `\`${JSON.stringify(value)}\``).join(', ')
  if ('const' in schema && schema.type === undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {})}`
  if (schema.type === undefined) return 'any JSON'
  return [schema.type].flat().toSorted(nullLast).join(' or ')
}

const nullLast = (a: string, b: string) => Number(a === 'null') - Number(b === 'null')

function linkTo(name: string): string {
  return `[${name}](#${name.toLowerCase()})`
}

/** The options of an interface. */
export function options(properties: readonly Property[]): string {
  const rows = properties.map(({ name, type, optional, about }) => [
    `\`${name}\`${optional ? '' : ' (required)'}`,
    `\`${type}\``,
    about,
  ])
  return table(['Option', 'Type', 'Meaning'], rows)
}
