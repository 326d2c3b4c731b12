import type { RegistryAuth } from '../../auth/lookup.ts'
import { EngineError } from '../../engine/error.ts'
import { HoldfastError } from '../failure.ts'
import type { ImageName } from '../reference.ts'
import { judgePull, type Verdict, verdicts } from './verdict.ts'

interface Pull {
  registry: string
  credentials: string
  /** `http` where the Engine asked without TLS. */
  scheme: 'http' | 'https'
}

const hints: Record<Verdict, (pull: Pull) => string> = {
  denied: ({ registry, credentials }) =>
    credentials === 'anonymous'
      ? `No credentials were found for ${registry}. Run \`docker login ${registry}\`, or use the option credentials.`
      : `The credentials for ${registry} ${origin(credentials)}. Are they still right, and may they pull this image?`,
  'client-certificate': ({ registry }) =>
    `${registry} refuses the Engine's client certificate, or that there is none: see /etc/docker/certs.d/${registry}/ on the Engine's host.`,
  'not-found': () =>
    'Check the name and the tag. A private image looks missing to a user who may not see it.',
  mismatch: () => 'Ask for a platform that the image has, or omit the option platform.',
  refused: ({ registry }) => `${registry} refuses this pull, for the reason above.`,
  engine: () =>
    "See the message above, the Engine's disk (`docker system df`) and its log (`journalctl -u docker`).",
  outage: ({ registry, scheme }) =>
    `${registry} is failing, or can't be reached from the Engine. Ask it from there: \`curl -i ${scheme}://${host(registry)}/v2/\`.`,
  proxy: ({ registry }) =>
    `The proxy that the Engine uses failed; ${registry} was not reached. See the Engine's proxy settings: \`docker info\`, HTTPS_PROXY of dockerd, "proxies" in daemon.json.`,
  untrusted: ({ registry }) =>
    `The Engine does not trust the certificate of ${registry}: put its CA into /etc/docker/certs.d/${registry}/ca.crt on the Engine's host (Podman: /etc/containers/certs.d).`,
  'plain-http': ({ registry }) =>
    `${registry} does not speak TLS. To use it over plain HTTP, Docker needs "insecure-registries": ["${registry}"] in /etc/docker/daemon.json; Podman needs in /etc/containers/registries.conf [[registry]] with location = "${registry}" and insecure = true.`,
  page: ({ registry, scheme }) =>
    `A web page answered in place of ${registry}: a proxy, a login page or another server. Ask it from the Engine: \`curl -i ${scheme}://${host(registry)}/v2/\`.`,
  incomplete: ({ registry }) =>
    `${registry} has the image's manifest, and not all that the manifest names. Push the image again, or see to the registry's storage.`,
  unknown: () =>
    "holdfast does not know this message, and treats it as an outage. See the Engine's log (`journalctl -u docker`).",
}

function origin(credentials: string): string {
  const given = credentials === 'explicit' || credentials === 'function'
  return given ? 'are those of the option credentials' : `came from: ${credentials}`
}

// The Hub's registry has another host name.
function host(registry: string): string {
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry
}

const address = /^[\w>-]+(\.[\w>:-]+)+[,;]?$/

// An image may be called `certificate`, or come from forbidden.example: names and addresses say nothing of what failed.
// Of a URL that an error of Go's begins with, its place is kept.
function withoutNames(engineMessage: string, { domain, path, fromImage, familiarName }: ImageName): string {
  const names = [domain, domain.replace(/:\d+$/, ''), path, fromImage, familiarName]
  const isName = (word: string) => {
    const bare = word.replace(/^\W+|(?<!\W)\W+$/g, '')
    return names.some(name => bare === name || bare.startsWith(`${name}:`) || bare.startsWith(`${name}@`))
  }
  const words = engineMessage.split(/\s+/).map(word => (/^"\w+:\/\/.*":$/.test(word) ? '"":' : word))
  const kept = words.filter((word, at) => {
    return !word.includes('://') && !address.test(word) && words[at - 1] !== 'lookup' && !isName(word)
  })
  return kept.join(' ')
}

/** The verdict on a pull that failed with that error. */
export function verdictOn(
  { status = 500, engineMessage = '', code }: EngineError,
  reference: ImageName,
): Verdict {
  const via = code === 'stream' ? code : 'status'
  return judgePull({ status, words: withoutNames(engineMessage, reference), via })
}

/** The failure of a pull, with the Engine's own message. Errors that are not the Engine's answer stay as they are. */
export function pullFailure(
  error: unknown,
  reference: ImageName,
  { source: credentials, broken }: Pick<RegistryAuth, 'source' | 'broken'>,
): unknown {
  if (!(error instanceof EngineError) || (error.code !== 'status' && error.code !== 'stream')) return error
  const { engineMessage = '' } = error
  const verdict = verdictOn(error, reference)
  const kind = verdicts[verdict]
  const message = `${reference.text} could not be pulled: ${engineMessage || error.message}`
  // The registry may refuse only because its credentials could not be had.
  if (broken !== undefined && (kind === 'registry-denied' || kind === 'registry-not-found')) {
    const used = credentials === 'anonymous' ? 'without credentials' : `with those of ${credentials}`
    const both = `${broken.message}; ${used}, ${message}`
    return new HoldfastError('credential-error', both, { engineMessage, hint: broken.hint, cause: broken })
  }
  const scheme = engineMessage.includes('"http://') ? 'http' : 'https'
  const hint = hints[verdict]({ registry: reference.domain, credentials, scheme })
  return new HoldfastError(kind, message, { engineMessage, hint, cause: error })
}
