/** Does the work; returns its seconds and CPU seconds in this process, with what the work returns. */
export async function measured(work) {
  const before = process.cpuUsage()
  const begun = performance.now()
  const results = await work()
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(before)
  return { seconds, cpu: (user + system) / 1e6, ...results }
}

/** Hands the results to the harness, as a line of JSON. */
export function report(results) {
  process.stdout.write(`${JSON.stringify(results)}\n`)
}

/** Calls `task` `count` times, `atOnce` of them at once. */
export async function repeat(count, atOnce, task) {
  let left = count
  const worker = async () => {
    while (left-- > 0) await task()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Requests after which V8 has compiled most of a client. */
export const warmUp = 2000
