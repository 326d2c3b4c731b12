import { type Credentials, type CredentialsLookup, readCredentials } from './credentials.ts'
import { CredentialError } from './error.ts'

/** How long a caller's function may take, in milliseconds, and the signal that cancels it. */
export interface FunctionLimits {
  readonly timeout: number
  readonly signal: AbortSignal
}

/**
 * Calls a caller's function.
 * @throws {CredentialError} when it fails, takes too long, or returns something other than credentials. `limits.signal`'s reason when that aborts first.
 */
export async function askFunction(
  lookup: CredentialsLookup,
  registry: string,
  limits: FunctionLimits,
): Promise<Credentials | undefined> {
  const answer = await bounded(limits, async signal => lookup(registry, { signal })).catch(
    (error: unknown) => {
      limits.signal.throwIfAborted()
      if (error instanceof CredentialError) throw error
      throw error instanceof Expired ? slow(registry, limits) : failed(registry, error)
    },
  )
  return answer === undefined ? undefined : readCredentials(answer, registry)
}

class Expired extends Error {
  override readonly name = 'TimeoutError'
}

async function bounded<T>(limits: FunctionLimits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  limits.signal.throwIfAborted()
  const own = new AbortController()
  const ended = Promise.withResolvers<never>()
  own.signal.addEventListener('abort', () => ended.reject(own.signal.reason))
  const onAbort = () => own.abort(limits.signal.reason)
  limits.signal.addEventListener('abort', onAbort)
  const timer = setTimeout(() => own.abort(new Expired('the time for an answer is over')), limits.timeout)
  try {
    return await Promise.race([work(own.signal), ended.promise])
  } finally {
    clearTimeout(timer)
    limits.signal.removeEventListener('abort', onAbort)
  }
}

function slow(registry: string, { timeout }: FunctionLimits): CredentialError {
  return new CredentialError(
    `the credentials function gave no answer for ${registry} in ${timeout / 1000} s`,
    { about: registry, hint: 'See what the function waits for. Its signal aborts when the time is over.' },
  )
}

function failed(registry: string, error: unknown): CredentialError {
  // No cause: the error of an HTTP client may hold its request, and so a token.
  return new CredentialError(`the credentials function failed for ${registry}${errorName(error)}`, {
    about: registry,
    hint: 'Catch the error inside the function to see it: it may hold secrets, so it is not shown here.',
  })
}

function errorName(error: unknown): string {
  return error instanceof Error && /^[A-Za-z]{1,40}$/.test(error.name) ? ` (${error.name})` : ''
}
