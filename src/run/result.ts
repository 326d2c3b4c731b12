import type { Execution } from './execution.ts'
import type { RunOptions } from './options.ts'
import type { Captured } from './outcome-builder.ts'
import { within } from './retry.ts'
import type { Run } from './run-state.ts'

/** Milliseconds that reading a result file may take. */
const fileLimit = 60_000

type ResultOption = NonNullable<RunOptions['result']>

/** Notes the result of a job that has ended. One that can't be had is a warning. */
export async function readResult(run: Run, execution: Execution, result: ResultOption): Promise<void> {
  const { engine, record, output, grace, emit } = run
  try {
    if (typeof result === 'string') record.result = resultOf(result, output.stdout)
    else {
      const { readResultFile } = await import('./files/result-file.ts')
      const read = (signal: AbortSignal) => readResultFile(engine, execution.id, result.file, signal)
      record.result = await within(fileLimit, signal => grace.untilAnswered(() => read(signal), { signal }))
    }
  } catch (error) {
    emit({ type: 'warning', message: noResult(result, error) })
  }
}

/** The warning about a result that can't be had. */
export function noResult(result: ResultOption, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error)
  const what = typeof result === 'string' ? result : result.file
  return `the result of the job (${what}) could not be read: ${reason}`
}

/** The result that is in stdout. */
export function resultOf(result: ResultOption & string, stdout: Captured): string | null {
  return result === 'stdout' ? whole(stdout) : lastLine(stdout)
}

function whole(stdout: Captured): string {
  if (stdout.dropped > 0) throw new Error(`${stdout.dropped} bytes of it were not kept: raise capture`)
  return stdout.text()
}

/** The last line that is not empty; null where there is none. */
function lastLine(stdout: Captured): string | null {
  const lines = stdout.text().split(/\r?\n/)
  const last = lines.findLastIndex(line => line !== '')
  if (stdout.dropped > 0 && lines[last - 1]?.endsWith(' bytes not kept]'))
    throw new Error('its line is longer than what was kept: raise capture')
  return lines[last] ?? null
}
