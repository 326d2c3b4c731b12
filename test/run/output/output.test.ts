import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { OutputChunk } from '../../../src/engine/streams/frames.ts'
import { Output } from '../../../src/run/output/output.ts'
import { collect } from '../../support/errors.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** A source that is pushed to, and tells how far it has been read. */
class Source {
  reads = 0
  closed = false
  readonly #given: OutputChunk[] = []
  #atOnce: OutputChunk[] | undefined
  readonly #closing = Promise.withResolvers<never>()
  #more = Promise.withResolvers<void>()
  #over = false

  constructor() {
    this.#closing.promise.catch(() => undefined)
  }

  give(stream: OutputChunk['stream'], text: string): void {
    this.#given.push({ stream, bytes: Buffer.from(text) })
    this.#more.resolve()
  }

  giveAtOnce(pieces: OutputChunk[]): void {
    this.#atOnce = pieces
    this.#more.resolve()
  }

  end(): void {
    this.#over = true
    this.#more.resolve()
  }

  fail(error: Error): void {
    this.#closing.reject(error)
  }

  close(): void {
    this.closed = true
    this.fail(new Error('closed'))
  }

  async read(): Promise<OutputChunk[] | undefined> {
    this.reads++
    const together = this.#atOnce
    this.#atOnce = undefined
    if (together !== undefined) return together
    while (this.#given.length === 0 && !this.#over) {
      this.#more = Promise.withResolvers<void>()
      await Promise.race([this.#more.promise, this.#closing.promise])
    }
    const next = this.#given.shift()
    return next === undefined ? undefined : [next]
  }
}

function opened(tty = false): { output: Output; source: Source; gaps: string[] } {
  const gaps: string[] = []
  const output = new Output(1024, tty, reason => gaps.push(reason))
  const source = new Source()
  output.open(source)
  return { output, source, gaps }
}

async function* linesOf(output: Output) {
  for await (const { stream, lines } of output.lines()) for (const text of lines) yield { stream, text }
}

function texts(chunks: Array<{ stream: string; bytes: Uint8Array }>): string[] {
  return chunks.map(({ stream, bytes }) => `${stream}: ${Buffer.from(bytes)}`)
}

describe('the reader', () => {
  test('gets what was printed, in order, and it is captured', async () => {
    const { output, source } = opened()
    source.give('stdout', 'a')
    source.give('stderr', 'b')
    source.give('stdout', 'c')
    source.end()
    expect(texts((await collect(output.chunks())).items)).toEqual(['stdout: a', 'stderr: b', 'stdout: c'])
    expect([output.stdout.text(), output.stderr.text()]).toEqual(['ac', 'b'])
    await output.finish()
  })

  test('gets lines; the last ones without an end come last, stdout first', async () => {
    const { output, source } = opened()
    source.give('stderr', 'e1\ne2')
    source.give('stdout', 'o1\no')
    source.give('stdout', '2')
    source.end()
    expect((await collect(linesOf(output))).items).toEqual([
      { stream: 'stderr', text: 'e1' },
      { stream: 'stdout', text: 'o1' },
      { stream: 'stdout', text: 'o2' },
      { stream: 'stderr', text: 'e2' },
    ])
  })

  test('may come before the output does', async () => {
    const output = new Output(1024, false, () => undefined)
    const reading = collect(linesOf(output))
    const source = new Source()
    output.open(source)
    source.give('stdout', 'a\n')
    source.end()
    expect((await reading).items).toEqual([{ stream: 'stdout', text: 'a' }])
  })

  test('gets nothing when no output comes', async () => {
    const output = new Output(1024, false, () => undefined)
    const reading = collect(linesOf(output))
    output.close()
    expect(await reading).toEqual({ items: [], error: undefined })
    await output.finish()
  })

  test('is not read ahead of', async () => {
    const { output, source } = opened()
    for (const text of ['a', 'b', 'c']) source.give('stdout', text)
    const chunks = output.chunks()
    await chunks.next()
    for (let turn = 0; turn < 100; turn++) await Promise.resolve()
    expect(source.reads).toBe(1)
    await chunks.next()
    expect(source.reads).toBe(2)
    await chunks.return()
  })

  test('when the reader leaves early, the rest is captured', async () => {
    const { output, source } = opened()
    for (const text of ['a\n', 'b\n', 'c\n']) source.give('stdout', text)
    source.end()
    for await (const line of linesOf(output)) if (line.text === 'a') break
    await output.finish()
    expect(output.stdout.text()).toBe('a\nb\nc\n')
  })

  test('whose loop throws is treated no differently', async () => {
    const { output, source } = opened()
    for (const text of ['a\n', 'b\n']) source.give('stdout', text)
    source.end()
    const loop = async () => {
      for await (const { text } of linesOf(output)) throw new Error(text)
    }
    await expect(loop()).rejects.toThrow('a')
    await output.finish()
    expect(output.stdout.text()).toBe('a\nb\n')
  })

  test('is one: a second is refused, with a way out', () => {
    const { output } = opened()
    void output.chunks().next()
    expect(() => output.chunks()).toThrow(
      expect.objectContaining({
        kind: 'usage',
        hint: expect.stringContaining('right after run()'),
      }),
    )
  })

  test('a reader that comes when the output is being captured already is refused', async () => {
    const { output, source } = opened()
    await setImmediate()
    source.end()
    const { error } = await collect(linesOf(output))
    expect(error).toMatchObject({ kind: 'usage' })
    await output.finish()
  })
})

describe('without a reader', () => {
  test('the output is captured all the same', async () => {
    const { output, source } = opened()
    source.give('stdout', 'a')
    source.end()
    await output.finish()
    expect(output.stdout.text()).toBe('a')
  })
})

describe('trouble', () => {
  test('a stream that breaks off is a gap, and an end', async () => {
    const { output, source, gaps } = opened()
    source.give('stdout', 'a')
    const chunks = output.chunks()
    await chunks.next()
    source.fail(new Error('reset'))
    expect(await chunks.next()).toEqual({ done: true, value: undefined })
    expect(gaps).toEqual(['reset'])
    await output.finish()
  })

  test('the Engine’s own words are a gap, and no output', async () => {
    const { output, source, gaps } = opened()
    source.give('systemerr', 'Error grabbing logs\n')
    source.give('stdout', 'a')
    source.end()
    expect(texts((await collect(output.chunks())).items)).toEqual(['stdout: a'])
    expect(gaps).toEqual(['the Engine says: Error grabbing logs'])
  })

  test('a stream that stays open after the exit is given up after ten silent seconds', async () => {
    vi.useFakeTimers()
    const { output, source, gaps } = opened()
    const finished = output.finish()
    await vi.advanceTimersByTimeAsync(6_000)
    source.give('stdout', 'late')
    await vi.advanceTimersByTimeAsync(6_000)
    expect([source.closed, gaps]).toEqual([false, []])
    await vi.advanceTimersByTimeAsync(6_000)
    await finished
    expect(source.closed).toBe(true)
    expect(gaps[0]).toBe('the Engine did not end the output of a container that has ended')
    expect(output.stdout.text()).toBe('late')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a slow reader is not a silent stream', async () => {
    vi.useFakeTimers()
    const { output, source, gaps } = opened()
    source.give('stdout', 'a')
    source.give('stdout', 'b')
    source.end()
    const chunks = output.chunks()
    await chunks.next()
    const finished = output.finish()
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(texts((await collect(chunks)).items)).toEqual(['stdout: b'])
    await finished
    expect(gaps).toEqual([])
  })

  test('a stream is not silent for as long as its reader was busy', async () => {
    vi.useFakeTimers()
    const { output, source, gaps } = opened()
    source.give('stdout', 'a')
    const chunks = output.chunks()
    await chunks.next()
    const finished = output.finish()
    await vi.advanceTimersByTimeAsync(3_600_000)
    const rest = collect(chunks)
    await vi.advanceTimersByTimeAsync(9_000)
    source.give('stdout', 'b')
    source.end()
    expect(texts((await rest).items)).toEqual(['stdout: b'])
    await finished
    expect(gaps).toEqual([])
  })

  test('once the run was aborted, a reader that has stopped is waited for a second, and then is a gap', async () => {
    vi.useFakeTimers()
    const { output, source, gaps } = opened()
    source.give('stdout', 'a')
    source.give('stdout', 'b')
    const chunks = output.chunks()
    await chunks.next()
    const finished = output.finish()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([source.closed, gaps]).toEqual([false, []])
    output.giveUpOnReader()
    await vi.advanceTimersByTimeAsync(900)
    expect(source.closed).toBe(false)
    await vi.advanceTimersByTimeAsync(500)
    await finished
    expect([source.closed, gaps]).toEqual([true, ['the output was not read to its end']])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('before the exit, too: the Engine reports none while its output waits', async () => {
    vi.useFakeTimers()
    const { output, source, gaps } = opened()
    source.give('stdout', 'a')
    await output.chunks().next()
    output.giveUpOnReader()
    await vi.advanceTimersByTimeAsync(1_500)
    expect([source.closed, gaps]).toEqual([true, ['the output was not read to its end']])
    await output.finish()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a slow reader is not given up', async () => {
    vi.useFakeTimers()
    const { output, source, gaps } = opened()
    const chunks = output.chunks()
    output.giveUpOnReader()
    for (let second = 0; second < 10; second++) {
      source.give('stdout', 'a')
      await chunks.next()
      await vi.advanceTimersByTimeAsync(800)
    }
    source.end()
    await collect(chunks)
    await output.finish()
    expect([source.closed, gaps]).toEqual([false, []])
  })

  test('a reader that goes on in time misses nothing', async () => {
    vi.useFakeTimers()
    const { output, source, gaps } = opened()
    source.give('stdout', 'a')
    source.give('stdout', 'b')
    source.end()
    const chunks = output.chunks()
    await chunks.next()
    output.giveUpOnReader()
    const finished = output.finish()
    await vi.advanceTimersByTimeAsync(900)
    expect(texts((await collect(chunks)).items)).toEqual(['stdout: b'])
    await finished
    expect(gaps).toEqual([])
  })

  test('a slow reader of batches of lines is not given up either', async () => {
    vi.useFakeTimers()
    const { output, source, gaps } = opened()
    const pieces = Array.from({ length: 10 }, (_, index) => ({
      stream: index % 2 === 0 ? ('stdout' as const) : ('stderr' as const),
      bytes: Buffer.from(`${index}\n`),
    }))
    source.giveAtOnce(pieces)
    source.end()
    output.giveUpOnReader()
    const seen: string[] = []
    for await (const { lines } of output.lines()) {
      seen.push(...lines)
      await vi.advanceTimersByTimeAsync(800)
    }
    expect([seen.length, source.closed, gaps]).toEqual([10, false, []])
    await output.finish()
  })
})
