import { join } from 'node:path'
import {
  API,
  type Checker,
  SymbolFlags,
  type Type,
  TypeFlags,
  type Symbol as TypeSymbol,
} from 'typescript/unstable/sync'

const root = join(import.meta.dirname, '../../..')

/** A JSON Schema, as far as the records of holdfast need it. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | false
  description?: string
  $defs?: Record<string, Schema>
}

/** A property of a type, as its source has it. */
export interface Property {
  name: string
  type: string
  optional: boolean
  about: string
}

/** Asks the compiler for the types of the source. */
export class Types implements Disposable {
  readonly #api = new API({ cwd: root })
  readonly #checker: Checker
  readonly #exports: (file: string) => readonly TypeSymbol[]

  constructor() {
    const project = this.#api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] }).getProjects()[0]
    if (project === undefined) throw new Error('the compiler does not open tsconfig.json')
    const { checker, program } = project
    this.#checker = checker
    this.#exports = file => {
      const source = program.getSourceFile(join(root, file))
      const module = source && checker.getSymbolAtLocation(source)
      if (module === undefined) throw new Error(`${file} is no module`)
      return checker
        .getExportsOfModule(module)
        .map(symbol => (symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    }
  }

  #find(file: string, name: string): Type {
    const symbol = this.#exports(file).find(each => each.name === name)
    if (symbol === undefined) throw new Error(`${file} exports no ${name}`)
    return this.#checker.getDeclaredTypeOfSymbol(symbol)
  }

  /** The public names of a module: what it exports, and the fields of its own types. Fields of Docker's are Docker's. */
  names(file: string): { name: string; about: string }[] {
    return this.#exports(file).flatMap(symbol => {
      const about = (each: TypeSymbol) => plain(each.getDocumentationComment(this.#checker))
      const type = this.#checker.getDeclaredTypeOfSymbol(symbol)
      const fields = type.isClassOrInterface() ? this.#checker.getPropertiesOfType(type) : []
      const own = fields.filter(field => {
        // Private fields and those that a symbol names.
        if (!/^\w+$/.test(field.name) || field.name.startsWith('__')) return false
        return field.declarations.some(({ path }) => path.includes('/src/') && !path.endsWith('wire.ts'))
      })
      return [
        { name: symbol.name, about: about(symbol) },
        ...own.map(field => ({ name: `${symbol.name}.${field.name}`, about: about(field) })),
      ]
    })
  }

  /** The properties of an exported type, in the order of its source. */
  properties(file: string, name: string): Property[] {
    const type = this.#find(file, name)
    return this.#checker.getPropertiesOfType(type).map(symbol => {
      const property = this.#checker.getTypeOfSymbol(symbol)
      if (property === undefined) throw new Error(`${name}.${symbol.name} has no type`)
      const text = this.#checker.typeToString(property)
      return {
        name: symbol.name,
        type: text.replace(/ \| undefined$/, '').replace(/^undefined \| /, ''),
        optional: (symbol.flags & SymbolFlags.Optional) !== 0,
        about: plain(symbol.getDocumentationComment(this.#checker)),
      }
    })
  }

  /** The JSON Schema of an exported type. Interfaces that it names are definitions. */
  schema(file: string, name: string): Schema {
    const type = this.#find(file, name)
    const definitions = new Map<string, Schema>()
    const schema = type.isUnionType()
      ? this.#union(type.getTypes(), definitions)
      : this.#object(type, definitions)
    const $defs = Object.fromEntries([...definitions].sort(([a], [b]) => (a < b ? -1 : 1)))
    return definitions.size === 0 ? schema : { ...schema, $defs }
  }

  #schema(type: Type, definitions: Map<string, Schema>): Schema {
    if (type.flags & (TypeFlags.Any | TypeFlags.Unknown)) return {}
    if (type.isUnionType()) return this.#union(type.getTypes(), definitions)
    if (type.isLiteralType()) return { const: type.value }
    if (type.isIntrinsicType()) return { type: type.intrinsicName }
    if (this.#checker.isArrayType(type) && type.isTypeReference()) {
      const [item] = this.#checker.getTypeArguments(type)
      return { type: 'array', items: item === undefined ? {} : this.#schema(item, definitions) }
    }
    const name = type.isClassOrInterface() ? type.getSymbol()?.name : undefined
    if (name === undefined) return this.#object(type, definitions)
    if (!definitions.has(name)) {
      definitions.set(name, {})
      definitions.set(name, this.#object(type, definitions))
    }
    return { $ref: `#/$defs/${name}` }
  }

  #union(types: readonly Type[], definitions: Map<string, Schema>): Schema {
    const present = types.filter(({ flags }) => (flags & TypeFlags.Undefined) === 0)
    const booleans = present.filter(type => type.isBooleanLiteralType())
    const others = booleans.length === 2 ? present.filter(type => !type.isBooleanLiteralType()) : present
    const schemas: Schema[] = others.map(type => this.#schema(type, definitions))
    if (booleans.length === 2) schemas.push({ type: 'boolean' })
    const [only] = schemas
    if (schemas.length === 1 && only !== undefined) return only
    const literals = schemas.flatMap(schema => ('const' in schema ? [schema.const] : []))
    if (literals.length === schemas.length) return { enum: literals }
    const simple = schemas.flatMap(({ type, ...rest }) =>
      typeof type === 'string' && Object.keys(rest).length === 0 ? [type] : [],
    )
    if (simple.length === schemas.length) return { type: simple }
    const rest = schemas.filter(schema => !('const' in schema))
    const grouped = literals.length > 1 ? [...rest, { enum: literals }] : schemas
    return { anyOf: grouped.toSorted((a, b) => Number(a.type === 'null') - Number(b.type === 'null')) }
  }

  #object(type: Type, definitions: Map<string, Schema>): Schema {
    const properties: Record<string, Schema> = {}
    const required: string[] = []
    for (const symbol of this.#checker.getPropertiesOfType(type)) {
      const property = this.#checker.getTypeOfSymbol(symbol)
      if (property === undefined) continue
      const description = plain(symbol.getDocumentationComment(this.#checker))
      properties[symbol.name] = {
        ...this.#schema(property, definitions),
        ...(description !== '' && { description }),
      }
      if ((symbol.flags & SymbolFlags.Optional) === 0) required.push(symbol.name)
    }
    const [index] = this.#checker.getIndexInfosOfType(type)
    const others = index === undefined ? undefined : this.#schema(index.valueType, definitions)
    return { type: 'object', properties, required, ...(others && { additionalProperties: others }) }
  }

  [Symbol.dispose](): void {
    this.#api.close()
  }
}

/** A comment as one line, its links as code. */
function plain(comment: string): string {
  return comment
    .replace(/\{@link ([^}]+)\}/g, (_, name: string) => `\`${name.trim()}\``)
    .replace(/\s+/g, ' ')
    .trim()
}
