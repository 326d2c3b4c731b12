import type { Command } from '../command.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

type Named = Pick<Command<never>, 'name' | 'operands'>

/** The one job that the arguments name. */
export function oneJob({ name, operands }: Named, [job, ...more]: readonly string[]): string {
  if (job !== undefined && job !== '' && more.length === 0) return job
  throw new UsageError(`holdfast ${name} takes one JOB`, `Write holdfast ${name} ${operands}.`)
}

/** Refuses arguments. */
export function noOperand({ name }: Named, [operand]: readonly string[]): void {
  if (operand === undefined) return
  const message = `holdfast ${name} takes no argument, and got ${quote(operand)}`
  throw new UsageError(message, `Write holdfast ${name}.`)
}
