import type { IncomingMessage, ServerResponse } from 'node:http'

interface Answer {
  status: number
  type: string
  body: string
  headers?: Record<string, string>
}

/** Undefined: never. */
type Answerer = (request: IncomingMessage) => Answer | undefined

/** Nothing listens here. */
export const nowhere = '127.0.0.1:1'

const well: Answer = { status: 200, type: 'application/json', body: '{}' }
const page = '<!DOCTYPE html><html><body><h1>Please sign in to the network</h1></body></html>'
const html: Answer = { status: 200, type: 'text/html', body: page }
const junk: Answer = { status: 200, type: 'application/json', body: '{"schemaVersion":2,"medi' }

const answers = {
  '500': always(bare(500)),
  '502': always(bare(502)),
  '503': always(bare(503)),
  '504': always(bare(504)),
  '429': always({ ...refusal(429, 'TOOMANYREQUESTS'), headers: { 'retry-after': '1' } }),
  '401': always({
    ...refusal(401, 'UNAUTHORIZED'),
    headers: { 'www-authenticate': 'Basic realm="trouble"' },
  }),
  html: always(html),
  // From here on /v2/ is well.
  '403': beyondBase(refusal(403, 'DENIED')),
  '404': beyondBase(refusal(404, 'MANIFEST_UNKNOWN')),
  '403-html': beyondBase({ ...html, status: 403 }),
  '404-html': beyondBase({ ...html, status: 404 }),
  'manifest-400': beyondBase(bare(400)),
  'manifest-500': beyondBase(bare(500)),
  'manifest-html': beyondBase(html),
  'manifest-junk': beyondBase(junk),
  'silent-manifest': beyondBase(undefined),
  // A Bearer challenge, and this is what the token server says.
  'token-401': bearer(refusal(401, 'UNAUTHORIZED')),
  'token-403': bearer(refusal(403, 'DENIED')),
  'token-500': bearer(bare(500)),
  'token-html': bearer(html),
  'token-silent': bearer(undefined),
  'token-refused': bearer(well, nowhere),
  'token-useless': bearer({ ...well, body: '{"token":"useless","access_token":"useless","expires_in":300}' }),
  // For blobs.
  silent: always(undefined),
  redirect: always({ ...bare(307), headers: { location: `http://${nowhere}/blob` } }),
} satisfies Record<string, Answerer>

/**
 * What every request is answered: a status, as plain text or, from 401 to 429, as registries say it; an `html` page with
 * 200. 403, 404 (with an `html` page, too), `manifest-…` and `silent-manifest` (never answered) after a `/v2/` that is well. `token-…`: 401 with a
 * Bearer challenge, and what its token server does; a `useless` token is given and not taken.
 */
export type AnswerMode = keyof typeof answers

export function isAnswerMode(mode: string): mode is AnswerMode {
  return mode in answers
}

export function reply(mode: AnswerMode, request: IncomingMessage, response: ServerResponse): void {
  const answerer: Answerer = answers[mode]
  const answer = answerer(request)
  if (answer === undefined) return
  const { status, type, body, headers } = answer
  response.shouldKeepAlive = false
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function always(answer: Answer | undefined): Answerer {
  return () => answer
}

function beyondBase(answer: Answer | undefined): Answerer {
  return ({ url }) => (url === '/v2/' ? well : answer)
}

function bearer(token: Answer | undefined, host?: string): Answerer {
  return ({ url, headers }) => {
    if (url?.startsWith('/token')) return token
    const challenge = `Bearer realm="http://${host ?? headers.host}/token",service="trouble"`
    const scope = headers.authorization ? ',error="insufficient_scope"' : ''
    return { ...refusal(401, 'UNAUTHORIZED'), headers: { 'www-authenticate': challenge + scope } }
  }
}

function bare(status: number): Answer {
  return { status, type: 'text/plain', body: 'in trouble\n' }
}

/** With a detail, as real registries do: without it Engine 20.10 takes MANIFEST_UNKNOWN for no more than a 500. */
function refusal(status: number, code: string): Answer {
  const error = { code, message: code.toLowerCase().replace('_', ' '), detail: {} }
  return { status, type: 'application/json', body: JSON.stringify({ errors: [error] }) }
}
