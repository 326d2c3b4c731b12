/** A JSON object's members. A Map, so that a key such as `__proto__` or `constructor` is a key like others. */
export type JsonObject = ReadonlyMap<string, unknown>

/** The members of the object that `text` is, or undefined when it is not a JSON object. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    return jsonObject(JSON.parse(text))
  } catch {
    // The parser's message quotes its input, which may hold a secret: it is dropped.
    return undefined
  }
}

/** The members of `value`, or undefined when it is not an object. */
export function jsonObject(value: unknown): JsonObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value))
}

/** A member by name, whatever its case; `null` counts as absent. Go, which reads and writes these files, does the same. */
export function member(object: JsonObject, name: string): unknown {
  const key = object.has(name)
    ? name
    : [...object.keys()].find(key => key.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : (object.get(key) ?? undefined)
}
