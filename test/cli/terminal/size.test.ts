import { EventEmitter } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { followSize } from '../../../src/cli/terminal/size.ts'

interface Size {
  rows: number
  columns: number
}

/** A terminal of ours, and a job that answers each change of size when the test says so. */
function terminal() {
  const ours = Object.assign(new EventEmitter(), { isTTY: true, rows: 24, columns: 80 })
  const sent: { size: Size; answer: PromiseWithResolvers<void> }[] = []
  const job = {
    resize(size: Size) {
      const answer = Promise.withResolvers<void>()
      sent.push({ size, answer })
      return answer.promise
    },
  }
  return {
    ours,
    job,
    sizes: () => sent.map(({ size }) => `${size.rows}x${size.columns}`),
    change(size: Partial<Size>) {
      Object.assign(ours, size)
      ours.emit('resize')
    },
    async answer(error?: Error) {
      const { answer } = sent.at(-1) ?? expect.fail('nothing was sent')
      if (error === undefined) answer.resolve()
      else answer.reject(error)
      await turn()
    },
  }
}

describe('the size of a terminal', () => {
  it('is given at once, and again when it changes', async () => {
    const { job, ours, change, answer, sizes } = terminal()
    followSize(job, ours)
    await answer()
    change({ rows: 40 })
    expect(sizes()).toEqual(['24x80', '40x80'])
  })

  it('is sent one after another, so that the newest is the last to arrive', async () => {
    const { job, ours, change, answer, sizes } = terminal()
    followSize(job, ours)
    change({ rows: 40 })
    change({ columns: 100 })
    change({ columns: 120 })
    expect(sizes()).toEqual(['24x80'])
    await answer()
    expect(sizes()).toEqual(['24x80', '40x120'])
    await answer()
    expect(sizes()).toEqual(['24x80', '40x120'])
  })

  it('that was refused does not keep the next one back', async () => {
    const { job, ours, change, answer, sizes } = terminal()
    followSize(job, ours)
    change({ rows: 40 })
    await answer(new Error('refused'))
    await answer(new Error('refused'))
    change({ rows: 50 })
    expect(sizes()).toEqual(['24x80', '40x80', '50x80'])
  })

  it('is not followed after the end', async () => {
    const { job, ours, change, answer, sizes } = terminal()
    const { end } = followSize(job, ours)
    change({ rows: 40 })
    end()
    await answer()
    change({ rows: 50 })
    expect(sizes()).toEqual(['24x80'])
    expect(ours.listenerCount('resize')).toBe(0)
  })

  it('is nothing where there is no terminal', () => {
    const { job, ours, sizes } = terminal()
    ours.isTTY = false
    followSize(job, ours).end()
    expect(sizes()).toEqual([])
  })
})
