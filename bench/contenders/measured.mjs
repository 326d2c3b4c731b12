/** Does the work; gives the seconds and CPU seconds that it took of this process, with what the work returns. */
export async function measured(work) {
  const before = process.cpuUsage()
  const begun = performance.now()
  const results = await work()
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(before)
  return { seconds, cpu: (user + system) / 1e6, ...results }
}

/** Tells the harness, on a line of JSON. */
export function report(results) {
  process.stdout.write(`${JSON.stringify(results)}\n`)
}

/** Calls `task` that many times, so many of them at once. */
export async function repeat(count, atOnce, task) {
  let left = count
  const worker = async index => {
    while (left-- > 0) await task(index)
  }
  await Promise.all(Array.from({ length: atOnce }, (_, index) => worker(index)))
}

/** Requests until V8 has compiled all that it will: at 500, half of what is measured is the compiling. */
export const warmUp = 5000
