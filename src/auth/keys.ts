const HUB = 'docker.io'
const HUB_KEY = 'https://index.docker.io/v1/'

/** Where an image is. */
export interface ImagePlace {
  /** The domain of its reference: `docker.io`, `reg.example:5000`. */
  readonly registry: string
  /** Its path there: `group/project/app`, on the Hub `library/alpine`. Undefined for none in particular. */
  readonly repository?: string | undefined
}

/** The name of a registry in docker login, config.json and the helpers. */
export function registryKey(registry: string): string {
  return registry === HUB ? HUB_KEY : registry
}

/**
 * The keys of `auths` that say most exactly where the image is, as `HOST/group`, `HOST` or a URL: all of one path, the longest,
 * the one in plain spelling first, others in their order. `docker.io/team` is a place on the Hub, but `docker.io`, to docker, is not the Hub.
 */
export function prefixKeys(keys: Iterable<string>, place: ImagePlace): readonly string[] {
  let longest = 0
  let found: string[] = []
  for (const key of keys) {
    const length = prefixLength(key, place)
    if (length === undefined || length < longest) continue
    if (length > longest) found = []
    longest = length
    found.push(key)
  }
  const plain = longest === 0 ? registryKey(place.registry) : placeText(place, longest)
  return found.includes(plain) ? [plain, ...found.filter(key => key !== plain)] : found
}

/** The keys of `auths` for any path of the image's registry, which docker takes where none is for the registry itself. */
export function hostKeys(keys: Iterable<string>, { registry }: ImagePlace): readonly string[] {
  return registry === HUB ? [] : [...keys].filter(key => readKey(key).host === registry.toLowerCase())
}

/**
 * The `serveraddress` for credentials found under `key`: the key itself where the Engine reads the registry's name out of it.
 * With its containerd image store it pulls anonymously where that name differs, even in case.
 */
export function serverAddress(key: string, registry: string): string {
  if (registry === HUB) return HUB_KEY
  return key.replace(/^https?:\/\//, '').split('/', 1)[0] === registry ? key : registry
}

// Undefined for a key of another place; 0 for one of the whole registry.
function prefixLength(key: string, { registry, repository = '' }: ImagePlace): number | undefined {
  if (key === registryKey(registry)) return 0
  const { host, path } = readKey(key)
  if (host !== registry.toLowerCase()) return undefined
  if (path === '') return registry === HUB ? undefined : 0
  return `${repository}/`.startsWith(`${path}/`) ? path.length : undefined
}

function readKey(key: string): { host: string; path: string } {
  const address = key.replace(/^https?:\/\//i, '')
  const slash = address.indexOf('/')
  if (slash === -1) return { host: address.toLowerCase(), path: '' }
  const path = address.slice(slash + 1).replace(/\/$/, '')
  // In a URL, v1 and v2 are the roots of a registry's API: docker login used to write them.
  const inRegistry = address === key ? path : path.replace(/^v[12](\/|$)/, '')
  return { host: address.slice(0, slash).toLowerCase(), path: inRegistry }
}

function placeText({ registry, repository = '' }: ImagePlace, length: number): string {
  return `${registry}/${repository.slice(0, length)}`
}
