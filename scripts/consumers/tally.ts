import { writeFileSync } from 'node:fs'

/** Counts what works and what does not. */
export class Tally {
  #passed = 0
  #failed = 0

  /** Does one thing. A failure is printed, and the next thing is done. */
  async check(name: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
      this.#passed++
      console.log(`ok      ${name}`)
    } catch (error) {
      this.#failed++
      console.log(`FAILED  ${name}\n${excerpt(error as Error)}`)
    }
  }

  /** Prints the sums, and writes them where .ci/run reads them. */
  report(): void {
    console.log(`${this.#passed} passed, ${this.#failed} failed`)
    const file = process.env.HOLDFAST_TEST_REPORT
    if (file) {
      writeFileSync(file, JSON.stringify({ numPassedTests: this.#passed, numFailedTests: this.#failed }))
    }
    if (this.#failed > 0) process.exitCode = 1
  }
}

/** What a failure says, without the bundles that a stack quotes. */
function excerpt({
  message,
  stdout = '',
  stderr = '',
}: Error & { stdout?: string; stderr?: string }): string {
  const lines = [message, stdout, stderr]
    .join('\n')
    .split('\n')
    .filter(line => line.trim() !== '')
  return [...new Set(lines)]
    .map(line => `        ${line.slice(0, 200)}`)
    .slice(0, 40)
    .join('\n')
}
