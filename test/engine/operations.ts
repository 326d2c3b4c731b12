import { expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { text } from '../support/byte-server.ts'
import { engineAt, scripted } from '../support/engines.ts'

/** An operation, what it sends, and what it makes of the answer. */
export interface Operation {
  call: (engine: Engine) => Promise<unknown>
  /** `METHOD /path?query`, without the version. */
  sends: string
  body?: unknown
  type?: string
  answer?: [status: number, body?: string | object, headers?: Record<string, string>]
  gives?: unknown
}

/** One test for each operation: the one request on the wire, and the result. */
export function testOperations(operations: Record<string, Operation>): void {
  test.each(Object.entries(operations))(
    '%s',
    async (_, { call, sends, body = '', type, answer = [200, {}], gives }) => {
      const [status, said = '', headers] = answer
      const { server } = await scripted([
        {
          on: '',
          steps: [
            head(status) ?? text(status, typeof said === 'string' ? said : JSON.stringify(said), headers),
          ],
        },
      ])
      const result = await call(engineAt(server.address, { DOCKER_API_VERSION: '1.41' }))
      expect(server.paths).toEqual([sends.replace(' ', ' /v1.41')])
      expect(server.requests.map(request => request.headers['content-type'])).toEqual([type])
      expect(server.requests.map(request => request.body)).toEqual([body])
      expect(server.requests[0]?.text).not.toMatch(/x-registry/i)
      expect(result).toEqual(gives)
    },
  )
}

function head(status: number): string | undefined {
  return status === 204 || status === 304 ? `HTTP/1.1 ${status} X\r\n\r\n` : undefined
}
