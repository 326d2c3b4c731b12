/** Query parameters: undefined ones are left out, objects go as JSON. */
export type Query = Record<string, string | number | boolean | readonly string[] | object | undefined>

/** A parameter that is written as it is. */
const plain = /^&[\w.-]*=[\w.-]*$/

/** The path with the query behind it, which it may have begun already. Spaces go as `+`. */
export function withQuery(path: string, query: Query | undefined): string {
  let text = ''
  for (const key in query) {
    const value = query[key]
    if (value === undefined) continue
    if (Array.isArray(value)) for (const item of value) text += parameter(key, item)
    else text += parameter(key, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  if (text === '') return path
  return path.includes('?') ? path + text : `${path}?${text.slice(1)}`
}

function parameter(key: string, value: string): string {
  const text = `&${key}=${value}`
  return plain.test(text) ? text : `&${new URLSearchParams([[key, value]])}`
}
