/** A JSON object's members. A Map, so that a key such as `__proto__` or `constructor` is a key like others. */
export type JsonObject = ReadonlyMap<string, unknown>

/** The members of the object that `text` is, or undefined when it is no JSON or no object. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    return jsonObject(JSON.parse(text))
  } catch {
    // The parser's message quotes its input, which may hold a secret: it goes no further.
    return undefined
  }
}

/** The members of `value`, or undefined when it is no object. */
export function jsonObject(value: unknown): JsonObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value))
}

/** A member by name; a name in other case will do, and `null` is absence, as for Go, which writes and reads these files. */
export function member(object: JsonObject, name: string): unknown {
  const key = object.has(name)
    ? name
    : [...object.keys()].find(key => key.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : (object.get(key) ?? undefined)
}
