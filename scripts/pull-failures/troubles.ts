import { startRegistry } from '../../test/live/support/registry.ts'
import { type BlobAnswer, type BlobCut, type Mode, startTrouble } from '../../test/live/support/trouble.ts'
import { nowhere } from '../../test/live/support/trouble-answer.ts'
import { type ImageShape, putImage } from './images.ts'
import { deadRoutes, openBlackHole, selfSigned, strictHost, unknownHost } from './network.ts'
import { proxyTroubles, startProxy } from './proxy.ts'

/** A pull that fails, or nearly all of them do. */
export interface Trouble {
  name: string
  /** "host:port" of the registry. */
  address: string
  repository: string
  /** "1" unless told. */
  tag?: string
  platform?: string
  /** Whether a password is sent. */
  login?: boolean
  /** On an Engine with next to no disk. */
  smallDisk?: boolean
  /** On an Engine that uses the proxy at this "host:port". */
  proxy?: string
}

const hangs: Mode[] = ['silent', 'slow', 'silent-manifest', 'token-silent']
const statuses: Mode[] = ['500', '502', '503', '504', '429', '403', '404', 'manifest-500', 'manifest-400']
const rubbish: Mode[] = [
  'html',
  'manifest-html',
  'manifest-junk',
  '403-html',
  '404-html',
  'reset',
  'eof',
  'junk',
]
const tokens: Mode[] = ['token-401', 'token-403', 'token-500', 'token-html', 'token-refused', 'token-useless']

/** Every request of the registry is answered so. */
const answered = [...hangs, ...statuses, ...rubbish, ...tokens]

/** What becomes of the layer, or of the configuration, of an image that is well. */
const blobs: Record<string, BlobCut | BlobAnswer> = {
  'blob-silent': { answer: 'silent' },
  'blob-stall': { after: 'half', end: 'stall' },
  'blob-truncated': { after: 'half', end: 'truncate' },
  'blob-corrupt': { after: 'half', end: 'corrupt' },
  'blob-500': { answer: '500' },
  'blob-503': { answer: '503' },
  'blob-429': { answer: '429' },
  'blob-401': { answer: '401' },
  'blob-403': { answer: '403' },
  'blob-404': { answer: '404' },
  'blob-html': { answer: 'html' },
  'config-500': { answer: '500' },
  'config-404': { answer: '404' },
  'blob-redirect-refused': { answer: 'redirect' },
}

/** Images of a registry that is well. */
const images: Record<string, ImageShape & Pick<Trouble, 'platform' | 'smallDisk'>> = {
  'no-platform': { listedFor: 'amd64', platform: 'linux/arm64' },
  'other-platform': { platform: 'linux/arm64' },
  'disk-full-download': { size: 48, smallDisk: true },
  'disk-full-extract': { size: 64, dense: false, smallDisk: true },
  'layer-junk': { layer: 'junk' },
  'layer-foreign': { layer: 'foreign' },
  'not-an-image': { configType: 'application/vnd.cncf.helm.config.v1+json' },
}

/** Starts all registries. They end with the stack. */
export async function startTroubles(stack: AsyncDisposableStack): Promise<Trouble[]> {
  const registry = stack.use(await startRegistry()).address
  await putImage(registry, 'team/known')
  return [
    { name: 'refused', address: nowhere, repository: 'team/app' },
    { name: 'dns', address: `${unknownHost}:5000`, repository: 'team/app' },
    ...Object.entries(deadRoutes).map(([kind, host]) => {
      const name = kind === 'unreachable' ? 'no-route' : `route-${kind}`
      return { name, address: `${host}:5000`, repository: 'team/app' }
    }),
    ...(await startProxied(stack)),
    { name: 'black-hole', address: stack.use(await openBlackHole()).address, repository: 'team/app' },
    { name: 'tag-unknown', address: registry, repository: 'team/known', tag: '9' },
    { name: 'name-unknown', address: registry, repository: 'team/unknown' },
    ...(await Promise.all(answered.map(mode => startAnswered(stack, mode)))),
    ...(await startRefusing(stack)),
    ...(await startStrict(stack)),
    ...(await Promise.all(Object.keys(blobs).map(name => startBlob(stack, registry, name)))),
    ...(await Promise.all(Object.keys(images).map(name => startImage(registry, name)))),
  ]
}

async function startAnswered(stack: AsyncDisposableStack, mode: Mode): Promise<Trouble> {
  const { address } = stack.use(await startTrouble(mode))
  const login = mode.startsWith('token-')
  return { name: mode, address, repository: 'team/app', login }
}

async function startRefusing(stack: AsyncDisposableStack): Promise<Trouble[]> {
  const basic = stack.use(await startTrouble('401'))
  const bearer = stack.use(await startTrouble('token-401'))
  return [
    { name: 'basic-no-login', address: basic.address, repository: 'team/app' },
    { name: 'basic-wrong-login', address: basic.address, repository: 'team/app', login: true },
    { name: 'token-401-no-login', address: bearer.address, repository: 'team/app' },
  ]
}

async function startStrict(stack: AsyncDisposableStack): Promise<Trouble[]> {
  const host = strictHost
  const servers = {
    'plain-http': await startTrouble('500', '', { host }),
    'bad-certificate': await startTrouble('500', '', { host, tls: selfSigned(host) }),
    'certificate-of-another': await startTrouble('500', '', { host, tls: selfSigned('198.51.100.1') }),
    'tls-silent': await startTrouble('silent', '', { host }),
    'tls-reset': await startTrouble('reset', '', { host }),
  }
  return Object.entries(servers).map(([name, server]) => {
    return { name, address: stack.use(server).address, repository: 'team/app' }
  })
}

async function startProxied(stack: AsyncDisposableStack): Promise<Trouble[]> {
  const proxy = stack.use(await startProxy()).address
  const absent = {
    'proxy-refused': nowhere,
    'proxy-unknown': `${unknownHost}:3128`,
  }
  return [...proxyTroubles.map(name => [name, proxy] as const), ...Object.entries(absent)].map(
    ([name, proxy]) => {
      return { name, address: `${name}.registry.example:5000`, repository: 'team/app', proxy }
    },
  )
}

// An image for each: Engines download the same layer once, for all pulls.
async function startBlob(stack: AsyncDisposableStack, registry: string, name: string): Promise<Trouble> {
  const repository = `team/${name}`
  const { layer, config } = await putImage(registry, repository)
  const front = stack.use(await startTrouble('proxy', registry))
  const trouble = blobs[name]
  front.blobs = trouble && { ...trouble, digest: name.startsWith('config-') ? config : layer }
  return { name, address: front.address, repository }
}

async function startImage(registry: string, name: string): Promise<Trouble> {
  const repository = `team/${name}`
  const { platform, smallDisk = false, ...shape } = images[name] ?? {}
  await putImage(registry, repository, shape)
  return { name, address: registry, repository, smallDisk, ...(platform && { platform }) }
}
