/** Something in a recording that looks like a secret. */
export interface Suspect {
  /** From 1 on. */
  line: number
  /** As `a GitHub token`. */
  what: string
}

const patterns: ReadonlyArray<readonly [what: string, pattern: RegExp]> = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a GitHub token', /\b(?:gh[pousr]_\w{30,}|github_pat_\w{40,})/],
  ['a GitLab token', /\bglpat-[\w-]{20,}/],
  ['a Docker Hub token', /\bdckr_(?:pat|oat)_[\w-]{20,}/],
  ['an AWS key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a Google API key', /\bAIza[\w-]{35}/],
  ['a Slack token', /\bxox[abeoprs]-[\w-]{10,}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a Stripe key', /\b[rs]k_live_\w{20,}/],
  ['a JSON web token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/],
  ['a swarm token', /\bSWM(?:TKN|KEY)-1-[\w+/-]{10,}/],
  [
    'credentials in a header',
    /"(?:x-registry-(?:auth|config)|(?:proxy-)?authorization|cookie)":"(?!\[present)/i,
  ],
  ['a password in a URL', /:\/\/[^\s/"@:[]+:[^\s/"@[]+@/],
  ['a password', /"(?:password|identitytoken|registrytoken)":"(?!\[secret:\d+\]|\**")[^"]/i],
]

/**
 * What looks like a secret in the text of a recording of either version, line by line.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { suspectsIn } from 'holdfast/replay'
 *
 * for (const { line, what } of suspectsIn(await readFile('batch.ndjson', 'utf8'))) console.log(line, what)
 * ```
 */
export function suspectsIn(text: string): Suspect[] {
  return text.split('\n').flatMap((line, index) => {
    const inside = [...line.matchAll(/"base64":"([^"]*)"/g)].map(([, base64 = '']) =>
      Buffer.from(base64, 'base64').toString('latin1'),
    )
    const shown = [line, line.replaceAll('\\"', '"'), ...inside]
    return patterns
      .filter(([, pattern]) => shown.some(text => pattern.test(text)))
      .map(([what]) => ({ line: index + 1, what }))
  })
}
