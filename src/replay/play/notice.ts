/** Tells whoever runs a test what a replay waits for: a test that times out says nothing of the cause. */
export function notice(line: string): void {
  process.stderr.write(`holdfast replay: ${line}\n`)
}
