import type { Schema } from '../../scripts/docs/reference/types.ts'

/** What a value has that the schema does not allow, or lacks; as paths. A field that the schema does not name is one. */
export function violations(value: unknown, schema: Schema, root = schema, path = '$'): string[] {
  if (schema.$ref !== undefined) {
    const definition = root.$defs?.[schema.$ref.replace('#/$defs/', '')]
    return definition === undefined
      ? [`${path}: no ${schema.$ref}`]
      : violations(value, definition, root, path)
  }
  if (schema.anyOf !== undefined) {
    const all = schema.anyOf.map(each => violations(value, each, root, path))
    return all.some(({ length }) => length === 0)
      ? []
      : (all.toSorted((a, b) => a.length - b.length)[0] ?? [])
  }
  if ('const' in schema) return value === schema.const ? [] : [`${path}: not ${JSON.stringify(schema.const)}`]
  if (schema.enum !== undefined)
    return schema.enum.includes(value) ? [] : [`${path}: not one of ${schema.enum}`]
  if (schema.type === undefined) return []
  if (![schema.type].flat().includes(typeOf(value))) return [`${path}: ${typeOf(value)}, not ${schema.type}`]
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => violations(item, schema.items ?? {}, root, `${path}[${at}]`))
  }
  return typeOf(value) === 'object' ? ofObject(value as object, schema, root, path) : []
}

function ofObject(value: object, schema: Schema, root: Schema, path: string): string[] {
  const { properties = {}, required = [], additionalProperties } = schema
  const missing = required.filter(name => !Object.hasOwn(value, name)).map(name => `${path}.${name}: missing`)
  const wrong = Object.entries(value).flatMap(([name, field]) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
    return known ? violations(field, known, root, `${path}.${name}`) : [`${path}.${name}: unknown`]
  })
  return [...missing, ...wrong]
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
