import { describe, expect, test } from 'vitest'
import { Body } from '../../../src/engine/http/body.ts'
import { FrameDecoder } from '../../../src/engine/streams/frames.ts'
import { cut, random, tries } from '../../support/random.ts'

const names = ['stdout', 'stdout', 'stderr', 'systemerr'] as const

function frame(type: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8)
  header[0] = type
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

/** What a container printed, each run of one stream as one. */
class Printed {
  readonly #runs: Array<[stream: string, bytes: Buffer[]]> = []

  add(stream: string, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const last = this.#runs.at(-1)
    if (last?.[0] === stream) last[1].push(Buffer.from(bytes))
    else this.#runs.push([stream, [Buffer.from(bytes)]])
  }

  get text(): string {
    return this.#runs
      .map(([stream, bytes]) => `${stream}: ${Buffer.concat(bytes).toString('hex')}`)
      .join('\n')
  }
}

function framed(): { body: Body; asked: string[] } {
  const asked: string[] = []
  const body = new Body({
    pause: () => asked.push('pause'),
    resume: () => asked.push('resume'),
    cancel: () => asked.push('cancel'),
  })
  return { body, asked }
}

async function readInto(printed: Printed, body: Body, decoder: FrameDecoder): Promise<boolean> {
  const bytes = await body.read()
  for (const piece of bytes === undefined ? [] : decoder.decode(bytes)) printed.add(piece.stream, piece.bytes)
  return bytes !== undefined
}

/** Payloads that look like frames, some of them, so that a cut in front of one is no boundary to be believed. */
function payload(below: (bound: number) => number): Buffer {
  const size = [0, 1 + below(12), 80, below(300), 4000 + below(200)][below(5)] ?? 0
  const bytes = Buffer.alloc(size, 32 + below(90))
  return below(3) === 0 ? Buffer.concat([frame(1 + below(2), bytes), frame(1, bytes)]) : bytes
}

describe('frames that wait come joined, and say the same', () => {
  test.each([1, 2, 3, 4, 5, 6])('in any chunks, read at any time, seed %i', async seed => {
    const below = random(seed)
    for (let round = 0; round < tries / 6; round++) {
      const [expected, printed, decoder] = [new Printed(), new Printed(), new FrameDecoder()]
      const frames = Array.from({ length: 1 + below(60) }, () => {
        const [type, bytes] = [below(10) < 8 ? 1 : below(4), payload(below)]
        expected.add(names[type] ?? '', bytes)
        return frame(type, bytes)
      })
      // A chunk for each frame, as the Engine sends them; as a socket cuts them; or all the same.
      const all = Buffer.concat(frames)
      const longest = [1, 9, 200, 70_000][below(4)] ?? 1
      const chunks =
        below(2) === 0
          ? frames.flatMap(bytes => (below(9) === 0 ? cut(bytes, below, 90) : [bytes]))
          : cut(all, below, longest)
      const { body } = framed()
      const late = below(Math.min(5, chunks.length))
      for (const [index, chunk] of chunks.entries()) {
        if (index === late) body.joinFrames()
        body.push(Buffer.from(chunk))
        if (index >= late && below(8) === 0) await readInto(printed, body, decoder)
      }
      body.end()
      while (await readInto(printed, body, decoder));
      decoder.end()
      expect(printed.text === expected.text, `round ${round}`).toBe(true)
    }
  })
})

test('a thousand lines become one frame', async () => {
  const { body } = framed()
  body.joinFrames()
  const lines = Array.from({ length: 1000 }, (_, index) => Buffer.from(`line ${index}\n`))
  for (const line of lines) body.push(frame(1, line))
  const chunks = []
  body.end()
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  const payloads = Buffer.concat(lines)
  // The first memory is small: who reads along has few lines waiting.
  expect(Buffer.concat(chunks).length).toBeLessThanOrEqual(payloads.length + 8 * chunks.length)
  expect(chunks.length).toBeLessThan(4)
})

test('of another stream begins a frame of its own', async () => {
  const { body } = framed()
  body.joinFrames()
  const frames = [1, 1, 2, 2, 1].map(type => frame(type, Buffer.from(`${type}\n`)))
  for (const bytes of frames) body.push(bytes)
  const joined = [
    frame(1, Buffer.from('1\n1\n')),
    frame(2, Buffer.from('2\n2\n')),
    frame(1, Buffer.from('1\n')),
  ]
  expect(await body.take()).toEqual(Buffer.concat(joined))
})

test('what is no frame is left as it is, and all after it', async () => {
  const { body } = framed()
  body.joinFrames()
  const chunks = [
    frame(1, Buffer.from('a')),
    Buffer.from('Hello, world'),
    frame(1, Buffer.from('b')),
    frame(1, Buffer.from('c')),
  ]
  for (const chunk of chunks) body.push(chunk)
  expect(await body.take()).toEqual(Buffer.concat(chunks))
})

test('back-pressure counts what waits, not what has been left out', async () => {
  const { body, asked } = framed()
  body.joinFrames()
  const line = frame(1, Buffer.alloc(8, 'x'))
  // 400 KiB of frames, half of which are headers.
  for (let index = 0; index < 25 * 1024; index++) body.push(line)
  expect(asked).toEqual([])
  for (let index = 0; index < 25 * 1024; index++) body.push(line)
  expect(asked).toEqual(['pause'])
  while (asked.length < 2) await body.take()
  expect(asked).toEqual(['pause', 'resume'])
})

test('a frame as large as a slab is none to join with', async () => {
  const { body } = framed()
  body.joinFrames()
  const [printed, expected, decoder] = [new Printed(), new Printed(), new FrameDecoder()]
  for (const size of [80, 80, 300_000, 80, 80]) {
    const bytes = Buffer.alloc(size, size % 251)
    expected.add('stdout', bytes)
    body.push(frame(1, bytes))
  }
  body.end()
  while (await readInto(printed, body, decoder));
  expect(printed.text === expected.text).toBe(true)
})

describe('a chunk that looks like a frame is none in the middle of one', () => {
  const inner = [frame(1, Buffer.from('inner 1')), frame(1, Buffer.from('inner 2'))]
  const outer = (before: number) => {
    const bytes = Buffer.concat([Buffer.alloc(before, 'o'), ...inner])
    return { bytes, begun: frame(1, bytes).subarray(0, 8 + before) }
  }

  test.each([
    ['behind other frames', 0, false],
    ['behind a large chunk', 5000, false],
    ['behind what came before frames were spoken of', 0, true],
    ['behind a large chunk from before frames were spoken of', 5000, true],
  ])('%s', async (_, before, late) => {
    const { bytes, begun } = outer(before)
    const { body } = framed()
    const line = frame(1, Buffer.from('line'))
    if (!late) body.joinFrames()
    body.push(line)
    body.push(begun)
    if (late) body.joinFrames()
    for (const chunk of [...inner, line, line]) body.push(chunk)
    body.end()
    const [printed, decoder] = [new Printed(), new FrameDecoder()]
    while (await readInto(printed, body, decoder));
    decoder.end()
    const text = Buffer.concat([Buffer.from('line'), bytes, Buffer.from('lineline')])
    expect(printed.text).toBe(`stdout: ${text.toString('hex')}`)
  })
})
