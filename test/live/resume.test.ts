import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, type RunOptions, run } from '../../src/index.ts'
import { type Cut, CuttingRelay } from '../support/cutting-relay.ts'
import { random } from '../support/random.ts'
import { leftBehind, rounds } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'

const image = 'busybox:live'
const long = rounds >= 100

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
  await importBusybox(engine.socket, image)
})

afterAll(async () => {
  await engine?.stop()
})

afterEach(async () => {
  expect(await leftBehind(engine.socket)).toEqual([])
})

interface Ended {
  stdout: Buffer
  stderr: Buffer
  outcome: Outcome
  cuts: number
}

/** A job whose streams are cut: `cut` is asked for each connection that carries output. */
async function runCut(
  options: Partial<RunOptions>,
  cut: (stream: 'attach' | 'logs') => Cut | undefined,
  onBytes: (bytes: number, relay: CuttingRelay) => void = () => undefined,
): Promise<Ended> {
  await using relay = await CuttingRelay.start(engine.host, request => {
    const [, stream] = /\/(attach|logs)\b/.exec(request) ?? []
    return stream === 'attach' || stream === 'logs' ? cut(stream) : undefined
  })
  const job = run({ engine: relay.host, image, capture: 0, reject: false, ...options })
  const pieces = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
  let received = 0
  for await (const { stream, bytes } of job.chunks()) {
    pieces[stream].push(bytes)
    received += bytes.length
    onBytes(received, relay)
  }
  const outcome = await job
  return {
    stdout: Buffer.concat(pieces.stdout),
    stderr: Buffer.concat(pieces.stderr),
    outcome,
    cuts: relay.cuts,
  }
}

/** Cuts the attached stream once, so many bytes behind its head. */
const attachedAfter = (after: number, how: Cut['how'] = 'end') => {
  return (stream: 'attach' | 'logs') => (stream === 'attach' ? { after, how, withHead: false } : undefined)
}

const shell = (script: string) => ({ command: ['sh', '-c', script] })

/** Where two outputs differ, and what is there: megabytes make no message. */
function difference(got: Buffer, wanted: Buffer): object | undefined {
  if (got.equals(wanted)) return undefined
  let at = 0
  while (at < got.length && got[at] === wanted[at]) at++
  const around = (bytes: Buffer) => JSON.stringify(bytes.subarray(Math.max(0, at - 60), at + 60).toString())
  return { at, lengths: [got.length, wanted.length], got: around(got), wanted: around(wanted) }
}

function expectWhole(
  ended: Ended,
  wanted: { stdout: string | Buffer; stderr?: string | Buffer },
  note = '',
): void {
  expect(difference(ended.stdout, Buffer.from(wanted.stdout)), `stdout ${note}`).toBe(undefined)
  expect(difference(ended.stderr, Buffer.from(wanted.stderr ?? '')), `stderr ${note}`).toBe(undefined)
  expect(ended.outcome.gaps, note).toEqual([])
}

describe('streams that are cut at random places', () => {
  /** The engine of another release sees no folder of this machine but those of /dev. */
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync('/dev/shm/holdfast-text-')
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  /** Lines with multibyte characters, some of several pieces of 16 KiB, and none at the end. */
  function text(stream: string, block: number, next: (below: number) => number): string {
    const line = (index: number) => {
      const name = `${stream} ${block}.${index}`
      return next(60) === 0
        ? `${name} ${'a long line '.repeat(2_500)}\n`
        : `${name} ${'é€😀'.repeat(next(12))}\n`
    }
    const lines = Array.from({ length: next(80) }, (_, index) => line(index)).join('')
    return next(4) === 0 ? `${lines}${stream} goes on ` : lines
  }

  /** Writes what the job prints, block by block. */
  function prepare(seed: number, blocks: number): { directory: string; stdout: string; stderr: string } {
    const directory = `${folder}/${seed}`
    mkdirSync(directory)
    const next = random(seed)
    const all = { stdout: '', stderr: '' }
    for (let block = 1; block <= blocks; block++) {
      for (const stream of ['stdout', 'stderr'] as const) {
        const piece = text(stream, block, next)
        writeFileSync(`${directory}/${stream}.${block}`, piece)
        all[stream] += piece
      }
    }
    return { directory, ...all }
  }

  const seeds = Array.from({ length: long ? 10 : 2 }, (_, index) => index + 1)
  const cuts = long ? 50 : 10

  it.each(seeds)(`${cuts} times, seed %i: each byte once`, { timeout: 300_000 }, async seed => {
    const blocks = cuts * 8
    const { directory, ...wanted } = prepare(seed, blocks)
    const next = random(seed * 7)
    const script = `for i in $(seq 1 ${blocks}); do cat /text/stdout.$i; cat /text/stderr.$i >&2; sleep 0.04; done; exit 9`
    let left = cuts
    let until = next(50_000)
    const ended = await runCut(
      { ...shell(script), volumes: [`${directory}:/text:ro`] },
      () => undefined,
      (bytes, relay) => {
        // Between two connections there is nothing to cut.
        if (left === 0 || bytes < until || !relay.cut('attach', 'logs')) return
        left--
        until = bytes + (next(4) === 0 ? next(2_000) : next(300_000))
      },
    )
    expectWhole(ended, wanted)
    expect(ended.outcome).toMatchObject({ kind: 'exit', exitCode: 9 })
    expect(left).toBe(0)
  })
})

describe('the attached stream is cut', () => {
  it('at each byte of its first frames: in a header, a character, a line', { timeout: 300_000 }, async () => {
    const script =
      'for i in 1 2 3 4; do echo "é€😀 $i"; echo "→ $i" >&2; sleep 0.1; done; sleep 0.4; echo end'
    const stdout = `${[1, 2, 3, 4].map(i => `é€😀 ${i}\n`).join('')}end\n`
    const stderr = [1, 2, 3, 4].map(i => `→ ${i}\n`).join('')
    const places = Array.from({ length: long ? 120 : 24 }, (_, index) => index * (long ? 1 : 3))
    for (const how of ['end', 'destroy'] as const) {
      // Eight at once: most of the time is the container's.
      for (let at = 0; at < places.length; at += 8) {
        const some = places.slice(at, at + 8)
        const ends = await Promise.all(
          some.map(after => runCut(shell(script), attachedAfter(after + 1, how))),
        )
        for (const [index, ended] of ends.entries())
          expectWhole(ended, { stdout, stderr }, `after ${some[index]}, ${how}`)
      }
    }
  })

  const pieces = [1_000, 16_384, 16_400, 30_000, 45_000, 53_005]
  const longLine = (word: string) =>
    `i=0; while [ $i -lt 7600 ]; do i=$((i+1)); printf '${word}'; done >/tmp/line; cat /tmp/line; sleep 0.5; echo; echo next; tr a-z A-Z </tmp/line; printf 'no end'`

  it.each(pieces)('in a long line of several pieces, after %i bytes', async after => {
    const ended = await runCut(shell(longLine('longer-')), attachedAfter(after))
    const line = 'longer-'.repeat(7_600)
    expectWhole(ended, { stdout: `${line}\nnext\n${line.toUpperCase()}no end` })
    expect(ended.cuts).toBe(1)
  })

  // With each place in the word, whatever frames the Engine makes of the line.
  it.each([...pieces, 53_006, 53_007, 53_008, 53_009, 53_010, 53_011])(
    'in a long line whose pieces cut characters, after %i bytes: a gap names the bytes that json-file replaces',
    async after => {
      const ended = await runCut(shell(longLine('long€')), attachedAfter(after))
      const line = 'long€'.repeat(7_600)
      const restored = Buffer.from(
        ended.stdout.toString('latin1').replaceAll('\xef\xbf\xbd'.repeat(3), '\xe2\x82\xac'),
        'latin1',
      )
      expect(difference(restored, Buffer.from(`${line}\nnext\n${line.toUpperCase()}no end`))).toBe(undefined)
      expect(ended.outcome.gaps).toEqual([expect.stringContaining('bytes that are not UTF-8')])
    },
  )

  it('between lines that were printed at once', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `${index}\n`).join('')
    for (const after of [9, 10, 11, 30, 80]) {
      const script = `printf '${lines.replaceAll('\n', '\\n')}'; sleep 0.5; printf '${lines.replaceAll('\n', '\\n')}' >&2`
      expectWhole(
        await runCut(shell(script), attachedAfter(after)),
        { stdout: lines, stderr: lines },
        String(after),
      )
    }
  })

  it('with one stream silent since its first line', async () => {
    const script = 'echo first >&2; seq 1 20000; sleep 0.5; echo last >&2; seq 20001 20010'
    const stdout = Array.from({ length: 20_010 }, (_, index) => `${index + 1}\n`).join('')
    const ended = await runCut(shell(script), attachedAfter(90_000))
    expectWhole(ended, { stdout, stderr: 'first\nlast\n' })
  })

  it('and the output repeats itself without end', async () => {
    const ended = await runCut(
      shell('yes | head -c 300000; sleep 0.5; yes | head -c 1000'),
      attachedAfter(100_000),
    )
    expectWhole(ended, { stdout: 'y\n'.repeat(150_500) })
  })

  it('with a terminal', async () => {
    const ended = await runCut(
      { ...shell('seq 1 5000; sleep 0.5; seq 5001 5005'), tty: true },
      attachedAfter(9_000),
    )
    expectWhole(ended, { stdout: Array.from({ length: 5_005 }, (_, index) => `${index + 1}\r\n`).join('') })
  })

  it('a moment before the exit', { timeout: 300_000 }, async () => {
    const next = random(5)
    const stdout = Array.from({ length: 2_000 }, (_, index) => `${index + 1}\n`).join('')
    for (let round = 0; round < rounds; round++) {
      const after = 1 + next(stdout.length)
      const ended = await runCut(shell('seq 1 2000; exit 3'), attachedAfter(after))
      expectWhole(ended, { stdout }, `after ${after}`)
      expect(ended.outcome.exitCode).toBe(3)
    }
  })
})

it('a stream that ends with its container is whole, though the log can hold none of it', async () => {
  const bytes = randomBytes(60_000_000)
  const { stdout, outcome } = await runCut({ command: ['cat'], stdin: bytes }, () => undefined)
  expect(difference(stdout, bytes)).toBe(undefined)
  expect(outcome).toMatchObject({ kind: 'ok', gaps: [] })
}, 60_000)

describe('where nothing proves the place, a gap says so', () => {
  const logConfig = (Type: string, Config: Record<string, string> = {}) => ({
    container: { HostConfig: { LogConfig: { Type, Config } } },
  })

  it('no log is kept', async () => {
    const script = 'seq 1 5000; sleep 1; echo last'
    const ended = await runCut({ ...shell(script), ...logConfig('none') }, attachedAfter(9_000))
    expect(ended.outcome).toMatchObject({ kind: 'ok', exitCode: 0 })
    expect(ended.outcome.gaps).toEqual([expect.stringContaining("can't be continued exactly")])
    expect(ended.stdout.toString()).toMatch(/^1\n2\n[\d\n]*last\n$/)
  })

  it('the log has been rotated', async () => {
    const script = 'seq 1 5000; sleep 0.2; seq 5001 40000; sleep 4; echo last'
    const driver = logConfig('json-file', { 'max-size': '20k', 'max-file': '1' })
    const ended = await runCut({ ...shell(script), ...driver }, attachedAfter(9_000))
    expect(ended.outcome).toMatchObject({ kind: 'ok', exitCode: 0 })
    expect(ended.outcome.gaps).toEqual([expect.stringContaining("can't be continued exactly")])
    const numbers = ended.stdout.toString().split('\n').map(Number).filter(Boolean)
    expect(ended.stdout.toString()).toMatch(/last\n$/)
    const twice = numbers.filter((number, at) => numbers.indexOf(number) !== at)
    expect(twice).toEqual([])
  })

  it('the log replaces what is not UTF-8', async () => {
    const script = "printf '\\377\\376 first\\n'; seq 1 5000; sleep 0.5; printf '\\377\\376 last\\n'"
    const ended = await runCut(shell(script), attachedAfter(9_000))
    const numbers = Array.from({ length: 5_000 }, (_, index) => `${index + 1}\n`).join('')
    const wanted = Buffer.concat([
      Buffer.from('\xff\xfe first\n', 'latin1'),
      Buffer.from(`${numbers}\ufffd\ufffd last\n`),
    ])
    expect(difference(ended.stdout, wanted)).toBe(undefined)
    expect(ended.outcome.gaps).toEqual([expect.stringContaining('bytes that are not UTF-8')])
  })
})
