import { describe, expect, test } from 'vitest'
import { clientEnd, end, json } from '../support/byte-server.ts'
import { scripted } from '../support/engines.ts'
import { collect, engineError } from '../support/errors.ts'
import { testOperations } from './operations.ts'

testOperations({
  create: {
    call: ({ exec }) => exec.create('c', { Cmd: ['date'], AttachStdout: true }),
    sends: 'POST /containers/c/exec',
    type: 'application/json',
    body: '{"Cmd":["date"],"AttachStdout":true}',
    answer: [201, { Id: 'e1' }],
    gives: { Id: 'e1' },
  },
  inspect: {
    call: ({ exec }) => exec.inspect('e1'),
    sends: 'GET /exec/e1/json',
    answer: [200, { ID: 'e1', Running: true, ExitCode: null }],
    gives: { ID: 'e1', Running: true, ExitCode: null },
  },
  resize: {
    call: ({ exec }) => exec.resize('e1', { rows: 24, columns: 80 }),
    sends: 'POST /exec/e1/resize?h=24&w=80',
  },
})

describe('start', () => {
  const upgraded = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'

  test('connects to the streams of the command', async () => {
    const { server, engine } = await scripted([{ on: /start/, steps: [upgraded, clientEnd, 'out', end] }])
    const attachment = await engine.exec.start('e1', { tty: true, stdin: true })
    await attachment.write(Buffer.from('in'))
    attachment.closeInput()
    const { items } = await collect(attachment.output)
    expect(items.map(({ bytes }) => Buffer.from(bytes).toString()).join('')).toBe('out')
    const request = server.requests.at(-1)
    expect(request).toMatchObject({ method: 'POST', path: '/v1.41/exec/e1/start', body: '{"Tty":true}' })
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json', upgrade: 'tcp' })
    expect(server.sent).toBe('in')
  })

  test('of a container that has ended', async () => {
    const words = 'Container c is not running'
    const { engine } = await scripted([{ on: /start/, steps: [json(409, { message: words })] }])
    expect(await engineError(engine.exec.start('e1'))).toMatchObject({ status: 409, engineMessage: words })
  })
})
