import type { Credentials } from './credentials.ts'
import { CredentialError } from './error.ts'
import { helperEnvironment } from './helper-env.ts'
import { helperMessage } from './helper-message.ts'
import { type HelperEnd, type HelperLimits, runHelper, STDOUT_LIMIT } from './helper-process.ts'
import { member, parseJsonObject } from './json.ts'
import { Secret } from './secret.ts'

const NOT_FOUND = 'credentials not found in native keychain'

/** What `docker-credential-NAME` is asked. */
export interface HelperQuestion {
  readonly name: string
  /** The registry's name for the helper. */
  readonly key: string
  /** The registry's name for messages. */
  readonly registry: string
  /** Where the helper is configured, for messages. */
  readonly source: string
}

/**
 * Asks a credential helper. `undefined` when it has no credentials.
 * @throws {CredentialError} when it is not installed, gives no answer, fails, or answers with something other than credentials. `limits.signal`'s reason when that aborts.
 */
export async function askHelper(
  question: HelperQuestion,
  limits: HelperLimits,
): Promise<Credentials | undefined> {
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(question.name)) {
    throw new CredentialError(
      `the name of the credential helper configured for ${question.registry} is invalid`,
      {
        about: question.registry,
        hint: `In ${question.source}, name it NAME where its command is docker-credential-NAME: letters, digits, ".", "_", "-".`,
      },
    )
  }
  const env = helperEnvironment(limits.env)
  const end = await runHelper(`docker-credential-${question.name}`, question.key, { ...limits, env })
  if (end.how !== 'exit') throw broken(question, failure(end, limits))
  const answer = end.stdout.toString()
  if (end.code === 0) return readAnswer(answer, question)
  if (answer.trim() === NOT_FOUND) return undefined
  const message = helperMessage(end.stderr, end.stdout, limits.env)
  throw broken(question, `failed with exit code ${end.code}${message === '' ? '' : `: ${message}`}`)
}

function readAnswer(answer: string, question: HelperQuestion): Credentials | undefined {
  const object = parseJsonObject(answer)
  const username = object && (member(object, 'Username') ?? '')
  const secret = object && (member(object, 'Secret') ?? '')
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw broken(question, 'exited with 0, but its answer is not the JSON that helpers give')
  }
  // docker-credential-pass answers so when it has none.
  if (username === '' && secret === '') return undefined
  if (username === '' || secret === '') throw broken(question, 'answered with half of the credentials')
  if (username === '<token>') return { identityToken: new Secret(secret) }
  return { username, password: new Secret(secret) }
}

function failure(end: Exclude<HelperEnd, { how: 'exit' }>, { timeout }: HelperLimits): string {
  if (end.how === 'signal') return `was killed by ${end.signal}`
  if (end.how === 'timeout') return `gave no answer in ${timeout / 1000} s and was killed`
  if (end.how === 'flood') return `wrote more than ${STDOUT_LIMIT} bytes and was killed`
  return end.code === 'ENOENT'
    ? 'is not installed: it was not found in PATH'
    : `cannot be started (${end.code})`
}

function broken({ name, key, registry, source }: HelperQuestion, failure: string): CredentialError {
  const command = `docker-credential-${name}`
  const missing = failure.startsWith('is not installed')
  return new CredentialError(`the credential helper ${command}, asked for ${registry}, ${failure}`, {
    about: registry,
    hint: missing
      ? `Install ${command}, or take it out of credHelpers or credsStore in ${source}.`
      : `See why (a success prints the secret): echo ${shellWord(key)} | ${command} get. Does it need a variable that holdfast keeps from helpers? Name it in HOLDFAST_HELPER_ENV.`,
  })
}

function shellWord(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
