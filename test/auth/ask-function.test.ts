import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { askFunction } from '../../src/auth/ask-function.ts'
import type { CredentialsLookup } from '../../src/auth/credentials.ts'
import { CredentialError } from '../../src/auth/error.ts'
import { Secret } from '../../src/auth/secret.ts'
import { exposure } from './exposure.ts'
import { rejection } from './fake-helpers.ts'

const planted = 'pl4nted-s3cret'
const never = () => new Promise<undefined>(() => {})
const ask = (lookup: CredentialsLookup, signal = new AbortController().signal) =>
  askFunction(lookup, 'r.io', { timeout: 30_000, signal })

afterEach(() => {
  vi.useRealTimers()
})

describe('askFunction', () => {
  test('passes the registry and the signal, and takes a value or a promise', async () => {
    const seen: unknown[] = []
    const lookup: CredentialsLookup = (registry, { signal }) => {
      seen.push(registry, signal.aborted)
      return { registryToken: 't' }
    }
    const answer = await ask(lookup)
    expect(answer).toEqual({ registryToken: new Secret('t') })
    expect(seen).toEqual(['r.io', false])
    expect(await ask(async () => undefined)).toBeUndefined()
  })

  test.each([
    [
      'throws',
      () => {
        throw new TypeError(planted)
      },
    ],
    [
      'rejects',
      () => Promise.reject(Object.assign(new TypeError(planted, { cause: planted }), { request: planted })),
    ],
  ])('names the error, and no more, of a function that %s', async (_, lookup) => {
    const error = await rejection(ask(lookup))
    expect(error).toBeInstanceOf(CredentialError)
    expect(error).toMatchObject({
      about: 'r.io',
      message: expect.stringContaining('failed for r.io (TypeError)'),
    })
    expect(exposure(error)).not.toContain(planted)
  })

  test('a thrown text is not shown', async () => {
    const error = await rejection(ask(() => Promise.reject(planted)))
    expect(error).toBeInstanceOf(CredentialError)
    expect(exposure(error)).not.toContain(planted)
  })

  test('stops waiting when the signal aborts, with its reason, and leaves no listener', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const told: unknown[] = []
    const asked = ask((_, { signal }) => {
      signal.addEventListener('abort', () => told.push(signal.reason))
      return never()
    }, controller.signal)
    controller.abort(reason)
    expect(await rejection(asked)).toBe(reason)
    expect(told).toEqual([reason])
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  test('is not asked when the signal has aborted', async () => {
    const lookup = vi.fn(never)
    expect(await rejection(ask(lookup, AbortSignal.abort('enough')))).toBe('enough')
    expect(lookup).not.toHaveBeenCalled()
  })

  test('the reason wins over what the function makes of it', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const lookup = () => {
      controller.abort(reason)
      throw new Error('was aborted')
    }
    expect(await rejection(ask(lookup, controller.signal))).toBe(reason)
  })

  test('leaves no listener after an answer', async () => {
    const controller = new AbortController()
    await ask(() => undefined, controller.signal)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })
})

describe('its time', () => {
  /** Asks a function that does not answer, under a clock that stands still; the signal that it was given. */
  function begin(lookup: CredentialsLookup = never) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const controller = new AbortController()
    const given: AbortSignal[] = []
    const asked = ask((registry, options) => {
      given.push(options.signal)
      return lookup(registry, options)
    }, controller.signal)
    return { controller, given, asked }
  }

  test('over: says so, aborts the signal that the function has, and leaves nothing behind', async () => {
    const { controller, given, asked } = begin()
    const failed = rejection(asked)
    vi.advanceTimersByTime(29_999)
    expect(given[0]?.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    const error = await failed
    expect(error).toBeInstanceOf(CredentialError)
    expect(error).toMatchObject({
      kind: 'credential-error',
      about: 'r.io',
      message: 'the credentials function gave no answer for r.io in 30 s',
      hint: expect.stringContaining('Its signal aborts'),
    })
    expect(given[0]?.reason).toHaveProperty('name', 'TimeoutError')
    expect(controller.signal.aborted).toBe(false)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  test('over: whatever the function makes of it', async () => {
    const { asked } = begin(
      (_, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error(planted)))
        }),
    )
    vi.advanceTimersByTime(30_000)
    const error = await rejection(asked)
    expect(error).toHaveProperty('message', expect.stringContaining('gave no answer'))
    expect(exposure(error)).not.toContain(planted)
  })

  test('an abort before it is over is an abort', async () => {
    const { controller, asked } = begin()
    controller.abort('enough')
    vi.advanceTimersByTime(30_000)
    expect(await rejection(asked)).toBe('enough')
  })

  test('is no matter after an answer: no timer runs, and the signal stays as it was', async () => {
    const { controller, given, asked } = begin(() => ({ registryToken: 't' }))
    expect(await asked).toEqual({ registryToken: new Secret('t') })
    expect(vi.getTimerCount()).toBe(0)
    controller.abort('later')
    expect(given[0]?.aborted).toBe(false)
  })
})
