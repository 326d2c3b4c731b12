/** Prints what a replay waits for: a test that times out does not show the cause. */
export function notice(line: string): void {
  process.stderr.write(`holdfast replay: ${line}\n`)
}
