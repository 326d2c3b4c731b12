import type { Address } from './address/address.ts'
import { type LocateOptions, locate } from './address/locate.ts'
import { EngineError, isConnectionFailure } from './error.ts'
import { Http } from './http/http.ts'

/** Milliseconds that one of several Engines has for its answer before the next is asked. */
const patience = 10_000

/** One Engine that did not answer. */
interface Unanswered {
  address: Address
  error: EngineError
}

/**
 * The address of the Engine to use. Of several, the first that answers: only a failed connection, or no answer in time,
 * leads to the next. An Engine that answers with an error is the one to use.
 *
 * @param closing ends the search when aborted.
 */
export async function reach(options: LocateOptions, closing?: AbortSignal): Promise<Address> {
  const { host } = options
  if (host === undefined || typeof host === 'string') return locate({ ...options, host })
  // A wrong address is refused before any Engine is asked.
  const addresses = await Promise.all([...new Set(host)].map(one => locate({ ...options, host: one })))
  const [only] = addresses
  if (only === undefined) throw new EngineError('usage', 'the list of Engines is empty')
  return addresses.length === 1 ? only : firstToAnswer(addresses, options.onWarning, closing)
}

async function firstToAnswer(
  addresses: readonly Address[],
  warn: LocateOptions['onWarning'],
  closing: AbortSignal | undefined,
): Promise<Address> {
  const silent: Unanswered[] = []
  for (const address of addresses) {
    const error = await connectionFailure(address, closing)
    if (error === undefined) {
      for (const { error } of silent) warn?.(`${error.message}; using ${address.text}`)
      return address
    }
    silent.push({ address, error })
  }
  throw noneAnswers(silent)
}

/** Why that Engine does not answer; undefined where it does. */
async function connectionFailure(
  address: Address,
  closing: AbortSignal | undefined,
): Promise<EngineError | undefined> {
  // A version in the environment would make the request needless.
  const http = new Http(async () => address, {})
  const late = AbortSignal.timeout(patience)
  try {
    await http.version(closing === undefined ? late : AbortSignal.any([late, closing]))
  } catch (error) {
    closing?.throwIfAborted()
    if (late.aborted) return silence(address)
    if (isConnectionFailure(error)) return error
  } finally {
    await http.close()
  }
  return undefined
}

function silence({ text }: Address): EngineError {
  return new EngineError('no-answer', `the Engine at ${text} can't be used: no answer within 10 s`)
}

function noneAnswers(silent: readonly Unanswered[]): EngineError {
  const reasons = silent.map(({ error }) => error.message).join('; ')
  return new EngineError('no-connection', `none of the ${silent.length} Engines answers: ${reasons}`, {
    hint: 'Is one of them running? Check the option host.',
    cause: silent[0]?.error,
  })
}
