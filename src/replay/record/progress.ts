/** The lines of a body that is JSON lines; undefined for any other body. */
export function jsonLines(bytes: Buffer): string[] | undefined {
  if (bytes[0] !== '{'.charCodeAt(0)) return undefined
  const lines = bytes.toString().match(/[^\n]*\n|[^\n]+$/g) ?? []
  try {
    for (const line of lines) JSON.parse(line)
    return lines
  } catch {
    return undefined
  }
}

/**
 * Sorts the progress of a pull by layer, and leaves out its counts: how often they are reported, and which of two layers comes
 * first, differs from run to run.
 */
export function settledProgress(lines: readonly string[]): string[] {
  const reports = lines.map(line => ({ line, ...progressOf(line) }))
  const kept = reports.filter(({ id, progress }) => id === undefined || !progress)
  const ids = [...new Set(kept.flatMap(({ id }) => id ?? []))]
  const settled: string[] = []
  for (let at = 0; at < kept.length; ) {
    const { id, line } = kept[at] ?? { line: '' }
    if (id === undefined) {
      settled.push(line)
      at++
      continue
    }
    const end = kept.findIndex((other, index) => index > at && other.id === undefined)
    const run = kept.slice(at, end === -1 ? undefined : end)
    for (const layer of ids) settled.push(...run.filter(({ id }) => id === layer).map(({ line }) => line))
    at += run.length
  }
  return settled
}

const transientStatus = /^(Waiting|Download complete|Verifying Checksum|Downloading|Extracting)$/

function progressOf(line: string): { id?: string; progress: boolean } {
  const { id, status, progressDetail } = JSON.parse(line) as {
    id?: unknown
    status?: unknown
    progressDetail?: unknown
  }
  const measured =
    typeof progressDetail === 'object' && progressDetail !== null && Object.keys(progressDetail).length > 0
  const progress = measured || transientStatus.test(String(status))
  return { ...(typeof id === 'string' && progressDetail !== undefined && { id }), progress }
}
