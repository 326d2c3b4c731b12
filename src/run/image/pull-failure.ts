import { EngineError } from '../../engine/error.ts'
import { HoldfastError } from '../failure.ts'
import type { ImageName } from '../reference.ts'
import { judgePull, type Verdict } from './verdict.ts'

interface Pull {
  registry: string
  credentials: string
  engineMessage: string
}

const hints: Record<Verdict, (pull: Pull) => string> = {
  'registry-denied': ({ registry, credentials }) =>
    credentials === 'anonymous'
      ? `No credentials were found for ${registry}. Run \`docker login ${registry}\`, or hand them over.`
      : `The credentials for ${registry} ${origin(credentials)}. Are they still right, and may they pull this image?`,
  'registry-not-found': () =>
    'Look at the name and the tag. A private image looks missing to who may not see it.',
  'registry-outage': ({ registry, engineMessage }) =>
    distrust.test(engineMessage)
      ? `The Engine doesn't trust ${registry}: see to its certificate, or to the Engine's certs.d and insecure-registries.`
      : `${registry} is failing, or can't be reached from the Engine. Ask it from there: \`curl -i https://${host(registry)}/v2/\`.`,
  'pull-failed': () =>
    "Look at the words above, at the Engine's disk (`docker system df`), and at its log (`journalctl -u docker`).",
  'image-mismatch': () => 'Ask for a platform that the image has, or leave --platform out.',
}

// Whoever wrote --registry-user knows of no function.
function origin(credentials: string): string {
  const handedOver = credentials === 'explicit' || credentials === 'function'
  return handedOver ? 'are those that were handed over' : `came from: ${credentials}`
}

// The Hub is asked elsewhere than its name says.
function host(registry: string): string {
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry
}

// Waiting doesn't help against these.
const distrust = /x509: |server gave HTTP response to HTTPS client/

const address = /^[\w>-]+(\.[\w>:-]+)+[,;]?$/

// An image may be called `certificate`, or come from forbidden.example: names and addresses say nothing of what failed.
function withoutNames(engineMessage: string, { domain, path, fromImage, familiarName }: ImageName): string {
  const names = [domain, domain.replace(/:\d+$/, ''), path, fromImage, familiarName]
  const isName = (word: string) => {
    const bare = word.replace(/^\W+|(?<!\W)\W+$/g, '')
    return names.some(name => bare === name || bare.startsWith(`${name}:`) || bare.startsWith(`${name}@`))
  }
  const kept = engineMessage.split(/\s+/).filter((word, at, all) => {
    return !word.includes('://') && !address.test(word) && all[at - 1] !== 'lookup' && !isName(word)
  })
  return kept.join(' ')
}

/** What the failure of a pull means, told with the Engine's own words. */
export function pullFailure(error: unknown, reference: ImageName, credentials: string): unknown {
  if (!(error instanceof EngineError) || (error.code !== 'status' && error.code !== 'stream')) return error
  const engineMessage = error.engineMessage ?? ''
  const kind = judgePull({
    status: error.status ?? 500,
    words: withoutNames(engineMessage, reference),
    road: error.code,
  })
  const said = engineMessage === '' ? error.message : engineMessage
  return new HoldfastError(kind, `${reference.text} could not be pulled: ${said}`, {
    engineMessage,
    hint: hints[kind]({ registry: reference.domain, credentials, engineMessage }),
    cause: error,
  })
}
