import { expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { EngineError } from '../../../src/engine/error.ts'
import type { WaitResult } from '../../../src/engine/wire.ts'
import { HeldSecrets } from '../../../src/redact/held.ts'
import { followExit } from '../../../src/run/container/wait.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { EngineGrace } from '../../../src/run/retry.ts'
import { rejection } from '../../support/errors.ts'
import type { Program } from '../../support/fake-container.ts'
import { FakeEngine } from '../../support/fake-engine.ts'

/** A container of that program, started, on an Engine that has not been asked for anything else. */
async function started(program: Program, graceMs?: number) {
  const engine = await FakeEngine.start({ images: ['bb:1'], program })
  const client = connect({ host: engine.host, env: { DOCKER_API_VERSION: '1.41' } })
  const { Id: id } = await client.containers.create({ Image: 'bb:1' })
  await client.containers.start(id)
  engine.requests.length = 0
  const events: RunEvent[] = []
  const controller = new AbortController()
  const grace = new EngineGrace(event => events.push(event), graceMs)
  const follow = (exit: Promise<WaitResult>) =>
    followExit({ engine: client, grace }, id, exit, controller.signal)
  const end = async () => {
    await client.close()
    await engine[Symbol.asyncDispose]()
  }
  return { engine, id, controller, events, follow, [Symbol.asyncDispose]: end }
}

const brokenOff = () => Promise.reject<WaitResult>(new EngineError('connection-lost', 'it broke off'))
const forever = () => new Promise<undefined>(() => undefined)

test.concurrent.each([0, 3, 255])(
  'the status that the wait gives: %i; nothing else is asked',
  async status => {
    await using job = await started(forever)
    expect(await job.follow(Promise.resolve({ StatusCode: status, Error: null }))).toBe(status)
    expect([job.engine.asked, job.events]).toEqual([[], []])
  },
)

test.concurrent('the Engine’s own error is no status', async () => {
  await using job = await started(forever)
  const exit = Promise.resolve({ StatusCode: -1, Error: { Message: 'shim is dead' } })
  expect(await rejection(job.follow(exit))).toMatchObject({
    kind: 'engine-error',
    message: expect.stringContaining('shim is dead'),
  })
})

test.concurrent('the Engine’s own error, if it quotes a secret of the run', async () => {
  await using job = await started(forever)
  using secrets = new HeldSecrets()
  secrets.hold(['hunter2-hunter2'])
  const exit = Promise.resolve({ StatusCode: -1, Error: { Message: 'auth hunter2-hunter2' } })
  expect(await rejection(job.follow(exit))).toMatchObject({
    message: expect.stringMatching(/: auth \[redacted\]$/),
  })
})

test.concurrent('a wait that broke off is taken up again, and says so', async () => {
  const goOn = Promise.withResolvers<number>()
  await using job = await started(() => goOn.promise)
  const following = job.follow(brokenOff())
  expect((await job.engine.seen('wait')).query.get('condition')).toBe('not-running')
  goOn.resolve(7)
  expect(await following).toBe(7)
  expect(job.events).toEqual([{ type: 'warning', message: expect.stringContaining('it broke off') }])
})

test.concurrent('the container ended while there was no wait', async () => {
  await using job = await started(() => 9)
  expect(await job.follow(brokenOff())).toBe(9)
})

test.concurrent('again and again, with a pause in between', async () => {
  await using job = await started(() => 4)
  for (const _ of [1, 2, 3]) {
    job.engine.on('wait', exchange => {
      exchange.lines()
      exchange.drop()
    })
  }
  const before = performance.now()
  expect(await job.follow(brokenOff())).toBe(4)
  expect(job.engine.asked).toEqual(['wait', 'wait', 'wait', 'wait'])
  expect(performance.now() - before).toBeGreaterThan(3 * 200)
})

test.concurrent('an Engine that is away for a while is waited for', async () => {
  await using job = await started(() => 5)
  await job.engine.down()
  const following = job.follow(brokenOff())
  await job.engine.up()
  expect(await following).toBe(5)
})

test.concurrent('a container that is no longer there is lost', async () => {
  await using job = await started(forever)
  job.engine.containers.length = 0
  expect(await rejection(job.follow(brokenOff()))).toMatchObject({
    kind: 'lost',
    message: expect.stringContaining('no longer on the Engine'),
    cause: { status: 404 },
  })
})

test.concurrent('any other refusal is the Engine’s error', async () => {
  await using job = await started(forever)
  job.engine.on('wait', exchange => exchange.answer(500, 'no'))
  expect(await rejection(job.follow(brokenOff()))).toMatchObject({ kind: 'engine-error', status: 500 })
})

test.concurrent('the signal ends it while it waits again', async () => {
  await using job = await started(forever)
  const following = rejection(job.follow(brokenOff()))
  const waiting = await job.engine.seen('wait')
  const reason = new Error('enough')
  job.controller.abort(reason)
  expect(await following).toBe(reason)
  await waiting.closed
})

test.concurrent('the signal ends it while the Engine is away', async () => {
  await using job = await started(forever)
  await job.engine.down()
  const following = rejection(job.follow(brokenOff()))
  job.controller.abort('enough')
  expect(await following).toBe('enough')
})

test.concurrent('an Engine that stays away for longer than the grace has lost the container', async () => {
  await using job = await started(forever, 300)
  await job.engine.down()
  const following = rejection(job.follow(brokenOff()))
  expect(await following).toMatchObject({ kind: 'lost', message: expect.stringContaining('stayed away') })
})

test.concurrent('answers that make no sense, again and again, are the Engine’s error', async () => {
  await using job = await started(forever)
  for (const _ of [1, 2, 3]) job.engine.on('wait', exchange => exchange.response.end('<junk>'))
  expect(await rejection(job.follow(brokenOff()))).toMatchObject({ code: 'bad-answer' })
})
