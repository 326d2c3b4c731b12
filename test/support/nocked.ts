import nock from 'nock'
import { afterEach, beforeEach, expect } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { engineAt } from './engines.ts'

const host = 'engine.test:2375'

/** In a file that calls this no request reaches the network, and every answer prepared must have been fetched. */
export function useNock(): void {
  beforeEach(() => nock.disableNetConnect())
  afterEach(() => {
    const pending = nock.pendingMocks()
    nock.cleanAll()
    nock.enableNetConnect()
    expect(pending).toEqual([])
  })
}

/** Answers are prepared here. Nothing beyond them is answered. */
export function prepared(): nock.Scope {
  return nock(`http://${host}`)
}

/** An Engine of API 1.41, unless its version is to be found out. */
export function nockedEngine(env: NodeJS.ProcessEnv = { DOCKER_API_VERSION: '1.41' }): Engine {
  return engineAt(`tcp://${host}`, env)
}
