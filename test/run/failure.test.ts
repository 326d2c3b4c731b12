import { describe, expect, test } from 'vitest'
import { CredentialError } from '../../src/auth/error.ts'
import { EngineError } from '../../src/engine/error.ts'
import { asRefusal, HoldfastError, toFailure } from '../../src/run/failure.ts'

describe('what an error means', () => {
  test.each([
    [new EngineError('no-socket', 'm'), 'engine-unreachable'],
    [new EngineError('connection-lost', 'm'), 'engine-unreachable'],
    [new EngineError('no-answer', 'm'), 'engine-unreachable'],
    [new EngineError('status', 'm', { status: 500 }), 'engine-error'],
    [new EngineError('bad-answer', 'm'), 'engine-error'],
    [new EngineError('api-too-old', 'm'), 'engine-error'],
    [new EngineError('usage', 'm'), 'usage'],
    [new EngineError('closed', 'm'), 'usage'],
    [new CredentialError('m', { about: 'docker.io', hint: 'h' }), 'credential-error'],
  ])('%s is %s', (error, kind) => {
    expect(toFailure(error)).toMatchObject({ kind, message: 'm', cause: error })
  })

  test('words and hint are kept', () => {
    const error = new EngineError('status', 'm', { status: 500, engineMessage: 'w', hint: 'h' })
    expect(toFailure(error).report()).toEqual({
      kind: 'engine-error',
      message: 'm',
      engineMessage: 'w',
      hint: 'h',
    })
  })

  test('a failure stays what it is', () => {
    const failure = new HoldfastError('lost', 'm')
    expect(toFailure(failure)).toBe(failure)
  })

  test.each([new TypeError('m'), 'm'])('anything else is an engine-error, with its cause', error => {
    expect(toFailure(error)).toMatchObject({ kind: 'engine-error', message: 'unexpected: m', cause: error })
  })
})

describe('a refused step', () => {
  const refusal = (error: unknown) => asRefusal(error, 'create-failed', 'no container', 'look there')

  test.each(['status', 'stream'] as const)('takes the step’s kind: %s', code => {
    const error = new EngineError(code, 'POST /x: 409: w', { status: 409, engineMessage: 'w' })
    const failure = refusal(error)
    expect(failure).toMatchObject({ kind: 'create-failed', message: 'no container: w', cause: error })
    expect(failure).toMatchObject({ engineMessage: 'w', hint: 'look there' })
  })

  test('shows the request when the Engine said nothing, and has the error’s own hint', () => {
    const error = new EngineError('status', 'POST /x: 409', { status: 409, engineMessage: '', hint: 'own' })
    expect(refusal(error)).toMatchObject({ message: 'no container: POST /x: 409', hint: 'own' })
  })

  test.each([
    new EngineError('connection-lost', 'm'),
    new EngineError('bad-answer', 'm'),
    new EngineError('api-too-new', 'm', { status: 400 }),
    new HoldfastError('cancelled', 'm'),
    new Error('m'),
  ])('leaves anything else as it is: %s', error => {
    expect(refusal(error)).toBe(error)
  })
})

test('more advice comes first, and the rest of the failure stays', () => {
  const failure = new HoldfastError('lost', 'm', { engineMessage: 'w', hint: 'b', cause: 'c' })
  expect(failure.withHint('a')).toMatchObject({ kind: 'lost', message: 'm', engineMessage: 'w', cause: 'c' })
  expect(failure.withHint('a').hint).toBe('a b')
  expect(new HoldfastError('lost', 'm').withHint('a').hint).toBe('a')
})

test('a report is plain data, without what there is not', () => {
  const failure = new HoldfastError('lost', 'm', { engineMessage: '', cause: new Error('c') })
  expect(failure.report()).toStrictEqual({ kind: 'lost', message: 'm' })
})
