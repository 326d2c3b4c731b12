import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import { reach } from '../../src/engine/reach.ts'
import { ByteServer, end, hold, json, ping, reset, text } from '../support/byte-server.ts'
import { engineError } from '../support/errors.ts'

/* Of several Engines the first that answers is used. */

const nowhere = `unix://${join(tmpdir(), 'holdfast-no-engine-here.sock')}`
const info = { on: /info/, steps: [json(200, { ID: 'x' })] }

async function server(...scripts: Parameters<typeof ByteServer.start>[0]): Promise<ByteServer> {
  const server = await ByteServer.start(scripts)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

test('an Engine that is not there leads to the next, with a warning', async () => {
  const second = await server(ping, info)
  const warnings: string[] = []
  await using engine = connect({ host: [nowhere, second.address], onWarning: text => warnings.push(text) })
  await engine.system.info()
  expect(await engine.address()).toBe(second.address)
  expect(warnings).toEqual([
    `the Engine at ${nowhere} can't be used: there is no such socket; using ${second.address}`,
  ])
})

test('the first that answers is used, and the others are not asked', async () => {
  const [first, second] = [await server(ping, info), await server(ping)]
  await using engine = connect([first.address, second.address])
  await engine.system.info()
  expect(second.accepted).toBe(0)
})

test.each([
  ['an error of the Engine', [{ on: /_ping/, steps: [json(500, { message: 'broken' })] }]],
  ['an API that is too old', [{ on: /_ping/, steps: [text(200, '', { 'Api-Version': '1.24' })] }]],
])('%s does not lead to the next', async (_, scripts) => {
  const [first, second] = [await server(...scripts), await server(ping)]
  await using engine = connect([first.address, second.address])
  const { kind } = await engineError(engine.system.info())
  expect(kind).toBe('engine-error')
  expect(second.accepted).toBe(0)
})

test('an error in a later request does not either', async () => {
  const broken = { on: /info/, steps: [json(500, { message: 'no space' })] }
  const [first, second] = [await server(ping, broken), await server(ping, info)]
  await using engine = connect([first.address, second.address])
  expect((await engineError(engine.system.info())).engineMessage).toBe('no space')
  expect(second.accepted).toBe(0)
})

test('a connection that breaks off leads to the next', async () => {
  const broken = { on: /_ping/, steps: [reset] }
  const [first, second] = [await server(broken), await server(ping, info)]
  await using engine = connect([first.address, second.address])
  await engine.system.info()
  expect(await engine.address()).toBe(second.address)
})

test('an Engine that never answers leads to the next after ten seconds', async () => {
  const [first, second] = [await server({ on: /_ping/, steps: [hold] }), await server(ping)]
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(ms => {
    expect(ms).toBe(10_000)
    return AbortSignal.abort(new DOMException('late', 'TimeoutError'))
  })
  onTestFinished(() => timeout.mockRestore())
  const error = await engineError(reach({ host: [first.address, second.address] }))
  expect(error.message).toMatch(
    /none of the 2 Engines answers: .*no answer within 10 s; .*no answer within 10 s/,
  )
})

test('none that answers: one error that names each', async () => {
  await using engine = connect([nowhere, `${nowhere}2`])
  const { kind, message } = await engineError(engine.system.info())
  expect(kind).toBe('engine-unreachable')
  expect(message).toContain(`${nowhere} can't be used`)
  expect(message).toContain(`${nowhere}2 can't be used`)
})

test('the choice is made once: a lost Engine is not replaced by the next', async () => {
  const gone = [ping, { on: /info/, steps: [json(200, { ID: 'x' }), end] }, { on: /info/, steps: [reset] }]
  const [first, second] = [await server(...gone), await server(ping, info)]
  await using engine = connect([first.address, second.address])
  await engine.system.info()
  expect((await engineError(engine.system.info())).kind).toBe('engine-unreachable')
  expect(second.accepted).toBe(0)
})

test.each([
  ['an address that is wrong', ['ftp://x', nowhere], /not an Engine's address/],
  ['an empty list', [], /the list of Engines is empty/],
])('%s is refused before any is asked', async (_, host, message) => {
  const { kind, message: said } = await engineError(reach({ host }))
  expect([kind, said]).toEqual(['usage', expect.stringMatching(message)])
})

test('closing the Engine ends the search', async () => {
  const first = await server({ on: /_ping/, steps: [hold] })
  const engine = connect([first.address, nowhere])
  const asked = engineError(engine.system.info())
  await first.until('the first was asked', () => first.requests.length > 0)
  await engine.close()
  expect((await asked).code).toBe('closed')
})
