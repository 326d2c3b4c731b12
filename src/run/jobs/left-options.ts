import { labels } from '../labels.ts'
import type { RunOptions } from '../options.ts'

/** What the run that created a container wanted of its end. */
export interface LeftOptions {
  skipExitCodes: readonly number[]
  result: RunOptions['result']
}

/** The labels that keep these options for a later `wait`. */
export function optionLabels({
  skipExitCodes,
  result,
}: Pick<RunOptions, 'skipExitCodes' | 'result'>): Record<string, string> {
  return {
    ...(skipExitCodes !== undefined && { [labels.skip]: skipExitCodes.join(',') }),
    ...(result !== undefined && { [labels.result]: typeof result === 'string' ? result : result.file }),
  }
}

/** The options that the labels of a container keep. A value that {@link optionLabels} does not write counts as absent. */
export function leftOptions(found: Readonly<Record<string, string>> | null): LeftOptions {
  const { [labels.skip]: skip = '', [labels.result]: result } = found ?? {}
  const skipExitCodes = skip.split(',').filter(Boolean).map(Number)
  if (result === 'stdout' || result === 'last-line') return { skipExitCodes, result }
  return { skipExitCodes, result: result?.startsWith('/') ? { file: result } : undefined }
}
