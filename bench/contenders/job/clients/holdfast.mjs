import { connect, run } from '../../holdfast.mjs'

export function openClient({ socket, read, image, command, network }) {
  const totals = { bytes: 0, lines: 0, streaming: 0 }
  const engine = connect(`unix://${socket}`)

  async function job() {
    let begun = 0
    const onEvent = event => {
      if (event.phase === 'start') begun = performance.now()
    }
    // The output is read, so none of it need be kept.
    const job = run({ engine, image, command, network, capture: 0, onEvent })
    if (read === 'lines') {
      for await (const { lines } of job.batches()) {
        for (const line of lines) totals.bytes += line.length + 1
        totals.lines += lines.length
      }
    } else if (read === 'each-line') {
      for await (const { text } of job) {
        totals.bytes += text.length + 1
        totals.lines++
      }
    } else {
      for await (const { bytes } of job.chunks({ reuse: true })) totals.bytes += bytes.length
    }
    totals.streaming += (performance.now() - begun) / 1000
    await job
  }

  return { totals, job, close: () => engine.close() }
}
