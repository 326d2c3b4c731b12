import type { Recording } from '../../src/replay/index.ts'

/** A job that prints, in the form of a recording. */
export function printing(text: string): Recording {
  const at = '/containers/job/'
  const ok = (status: number, headers = {}) => ({ answer: status, reason: 'OK', headers })
  const from = (request: string, ...said: object[]) => ({ request, headers: {}, said })
  const inspect = { State: { ExitCode: 0 } }
  const creating = (...said: object[]) => ({
    ...from('POST /containers/create', ...said),
    body: { json: {} },
  })
  return {
    head: { recording: 2 },
    exchanges: [
      creating({
        ...ok(201, { 'Content-Length': '0' }),
        body: { json: { Id: 'job' } },
      }),
      from(
        `POST ${at}attach?stream=1&stdout=1&stderr=1`,
        ok(101, { Connection: 'Upgrade', Upgrade: 'tcp' }),
        { output: 'stdout', text, after: ['POST /containers/job/start'] },
        { closed: 'engine' },
      ),
      from(
        `POST ${at}wait?condition=next-exit`,
        ok(200, { 'Transfer-Encoding': 'chunked' }),
        {
          chunk: { json: { StatusCode: 0 } },
          after: ['POST /containers/job/start', 'end of POST /containers/job/attach'],
        },
        { chunks: 'end' },
      ),
      from(`POST ${at}start`, ok(204)),
      from(`GET ${at}json`, { ...ok(200, { 'Content-Length': '0' }), body: { json: inspect } }),
      from(`GET ${at}logs?stdout=1&stderr=1&timestamps=1`, ok(200, { 'Content-Length': '0' })),
      from(`DELETE ${at.slice(0, -1)}?force=1&v=1`, ok(204)),
    ] as never,
  }
}
