import { expect, test } from 'vitest'
import { parseRecording } from '../../../src/replay/file/recording.ts'
import { link } from '../../../src/replay/order/link.ts'

const answer = { answer: 204, reason: 'No Content', headers: {} }
const recording = (start: string, after: string) =>
  parseRecording(
    [
      { recording: 2 },
      { request: 'GET /events', headers: {} },
      { ...answer, after: [after] },
      { request: start, headers: {} },
      answer,
      { requests: 2 },
    ]
      .map(line => JSON.stringify(line))
      .join('\n'),
  )

test.each([
  ['POST /volumes/café/start', 'POST /volumes/café/start'],
  ['POST /volumes/caf%C3%A9/start', 'POST /volumes/café/start'],
  ['POST /volumes/café/start?t=1', 'POST /volumes/caf%C3%A9/start'],
  ['POST /v1.41/volumes/日本/start', 'end of POST /volumes/日本/start'],
])('after %s may be written as %s', (start, after) => {
  const [events, started] = link(recording(start, after))
  expect(events?.steps[0]?.causes).toEqual([
    { on: started, what: after.startsWith('end of') ? 'end' : 'request' },
  ])
})

test('after what is not in the recording is refused, with its line', () => {
  expect(() => link(recording('POST /x', 'POST /y'))).toThrow(
    'line 3 of the recording comes after "POST /y", which it does not have',
  )
})
