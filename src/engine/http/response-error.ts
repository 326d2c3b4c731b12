import { EngineError, type EngineErrorCode } from '../error.ts'
import { pageTitle, shortenPages } from './page.ts'

interface ErrorResponse {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  text: string
  truncated: boolean
  /** The text with its secrets redacted, at most 1 MiB of it. */
  redacted(text: string): string
}

interface Meaning {
  code: EngineErrorCode
  engineMessage: string
  hint?: string
}

/** Turns a response with an error status into an error that keeps the Engine's own words. */
export function responseError(request: string, response: ErrorResponse): EngineError {
  const { code, engineMessage, hint } = meaning(request, response)
  const said = engineMessage === '' ? 'no reason given' : engineMessage
  return new EngineError(code, `${request}: ${response.status}: ${said}`, {
    status: response.status,
    request,
    engineMessage,
    hint,
  })
}

const proxyHint = 'A proxy or a web server answers there. Check the option host or DOCKER_HOST.'

function meaning(request: string, response: ErrorResponse): Meaning {
  const { status, headers, text, truncated, redacted } = response
  if (String(headers['content-type']).startsWith('text/html') || /^\s*<(!doctype|html)/i.test(text)) {
    const title = pageTitle(redacted(text))
    return {
      code: 'not-an-engine',
      engineMessage: `an HTML page${title === '' ? '' : ` (${title})`}, not an Engine's answer`,
      hint: proxyHint,
    }
  }
  const engineMessage = shortenPages(redacted(messageOf(text))) + (truncated ? ' […]' : '')
  // Each Engine has a ping.
  const isForeign = gatewayStatuses.has(status) || (status === 404 && request.endsWith(' /_ping'))
  if (isForeign && !isFromEngine(headers)) return { code: 'not-an-engine', engineMessage, hint: proxyHint }
  return { code: 'status', engineMessage, ...unfit(status, engineMessage) }
}

const gatewayStatuses: ReadonlySet<number> = new Set([502, 503, 504])

// Docker and Podman name their API version in every response of an operation. A 503 of their own is rare: a node that is
// not in a Swarm, a registry's UNAVAILABLE.
function isFromEngine(headers: ErrorResponse['headers']): boolean {
  return headers['api-version'] !== undefined || headers['libpod-api-version'] !== undefined
}

// Only the text says that the Engine refuses this client's API version.
function unfit(status: number, engineMessage: string): Partial<Meaning> {
  if (status !== 400) return {}
  if (/client version \S+ is too old/i.test(engineMessage)) {
    return {
      code: 'api-too-new',
      hint: 'This Engine no longer speaks an API version that holdfast knows: update holdfast.',
    }
  }
  if (/client version \S+ is too new/i.test(engineMessage)) {
    return { code: 'api-too-old', hint: 'Unset DOCKER_API_VERSION, or update the Engine.' }
  }
  if (/HTTP request to an HTTPS server/.test(engineMessage)) {
    return { code: 'tls', hint: 'It wants TLS: set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH.' }
  }
  return {}
}

/** `{"message":…}` of the Engine, `{"cause":…,"message":…}` of Podman, plain text of attach and of proxies. */
function messageOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    if (
      typeof parsed === 'object' &&
      parsed !== null &&
      'message' in parsed &&
      typeof parsed.message === 'string'
    ) {
      return parsed.message.trim()
    }
  } catch {
    return text.trim()
  }
  return text.trim()
}
