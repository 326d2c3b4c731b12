/** A request without what differs from one container, image or version to the next. */
export interface Shape {
  request: string
  query: string[]
}

export function shape(method: string, url: string): Shape {
  const { pathname, searchParams } = new URL(url, 'http://d')
  const path = pathname
    .replace(/^\/v\d+\.\d+(?=\/)/, '')
    .replace(
      /^\/(containers|images|volumes|networks|exec|services|tasks|nodes|secrets|configs)\/(.+?)(\/(?:json|attach|wait|start|stop|kill|resize|logs|stats|archive|tag|exec|connect|disconnect|update))?$/,
      named,
    )
  return { request: `${method} ${path}`, query: [...new Set(searchParams.keys())].sort() }
}

function named(whole: string, noun: string, name: string, operation = ''): string {
  // Only the name of an image has slashes.
  if (noun !== 'images' && name.includes('/')) return whole
  const collection = ['create', 'json', 'load'].includes(name) && operation === ''
  return collection ? whole : `/${noun}/{${noun.replace(/s$/, '')}}${operation}`
}
