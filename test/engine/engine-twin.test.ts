import { describe, expect, test } from 'vitest'
import { json } from '../support/byte-server.ts'
import { engineAt, scripted } from '../support/engines.ts'
import { engineError } from '../support/errors.ts'

describe('a twin', () => {
  const info = { on: /info/, steps: [json(200, { ID: 'x' })] }

  test('speaks to the same Engine over connections of its own, and ends on its own', async () => {
    const { server, engine } = await scripted([info])
    const twin = engine.twin()
    expect(await twin.address()).toBe(server.address)
    await engine.system.info()
    await twin.system.info()
    await engine.close()
    expect(await twin.system.info()).toMatchObject({ ID: 'x' })
    expect(twin.closedSignal.aborted).toBe(false)
    await twin.close()
    await server.vacant()
    expect(await engineError(twin.system.info())).toMatchObject({ code: 'closed' })
  })

  test('that is closed leaves its elder open', async () => {
    const { engine } = await scripted([info])
    await using twin = engine.twin()
    await twin.system.info()
    await twin.close()
    expect(await engine.system.info()).toMatchObject({ ID: 'x' })
    expect(engine.closedSignal.aborted).toBe(false)
  })

  test('opens no connection before its first request', async () => {
    const { server, engine } = await scripted([info])
    await engine.twin().close()
    expect(server.accepted).toBe(0)
  })

  test('keeps to the version that is agreed on', async () => {
    const { server, engine } = await scripted([info])
    expect(await engine.apiVersion()).toBe('1.41')
    await using twin = engine.twin()
    await twin.system.info()
    expect(server.paths).toEqual(['HEAD /_ping', 'GET /v1.41/info'])
  })

  test('keeps to the version of the environment', async () => {
    const { server } = await scripted([info])
    await using twin = engineAt(server.address, { DOCKER_API_VERSION: '1.40' }).twin()
    await twin.system.info()
    expect(server.paths).toEqual(['GET /v1.40/info'])
  })

  test('finds out the version where its elder has not yet', async () => {
    const { server, engine } = await scripted([info])
    await using twin = engine.twin()
    await twin.system.info()
    expect(server.paths).toEqual(['HEAD /_ping', 'GET /v1.41/info'])
  })

  test('of a twin is one as well', async () => {
    const { engine } = await scripted([info])
    const middle = engine.twin()
    await using last = middle.twin()
    await middle.close()
    expect(await last.system.info()).toMatchObject({ ID: 'x' })
  })
})
