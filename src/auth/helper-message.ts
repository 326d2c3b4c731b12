import { Redactor } from '../redact/redactor.ts'
import { member, parseJsonObject } from './json.ts'

/** Characters that are shown of a helper's message. */
const limit = 200
/** A shorter value would match ordinary words. */
const shortest = 6
const secretName = /pass|secret|token|key|cred|auth|session/i
/** Long words: digests, keys, tokens, paths. */
const longWord = /[\w+/=.~-]{20,}/g

/**
 * The first line that a failing helper wrote to its stderr, as far as it may be shown: without what it wrote to stdout,
 * where the answer goes, without the values of variables whose names say that they are secret, and without anything that
 * looks like a token. Empty where nothing is left to show.
 */
export function helperMessage(stderr: Buffer, stdout: Buffer, env: NodeJS.ProcessEnv): string {
  const line =
    stderr
      .toString()
      .split(/[\r\n]+/)
      .find(text => text.trim() !== '') ?? ''
  const secrets = [...answerSecrets(stdout.toString()), ...secretVariables(env)].filter(
    secret => secret.length >= shortest,
  )
  const clean = new Redactor(secrets)
    .redact(line.trim(), { limit: 4 * limit })
    .replaceAll(longWord, run => (/\d/.test(run) && /[a-z]/i.test(run) && !isPlain(run) ? '[redacted]' : run))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '')
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean
}

// A path or a host name: words of letters, with a digit in some of them.
function isPlain(run: string): boolean {
  return run.split(/[^A-Za-z0-9]+/).every(part => part.length < 12 || /^[a-z]+$|^\d+$/i.test(part))
}

function answerSecrets(stdout: string): string[] {
  const object = parseJsonObject(stdout)
  if (object === undefined) return [stdout.trim(), ...stdout.trim().split(/\s+/)]
  return ['Secret', 'Username'].map(name => member(object, name)).filter(value => typeof value === 'string')
}

function secretVariables(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => (secretName.test(name) ? [value] : []))
}
