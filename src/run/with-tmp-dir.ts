import type { RunOptions } from './options.ts'
import type { OutcomeBuilder } from './outcome-builder.ts'

/** Gives a run its temporary directory on this machine, and removes it once the container has ended. */
export async function withTmpDir(
  { options: { tmpDir, job }, record }: { options: RunOptions; record: OutcomeBuilder },
  work: (path: string | undefined) => Promise<void>,
): Promise<void> {
  // A job with a key may go on without this process, or be followed from another machine.
  if (tmpDir === undefined || job !== undefined) return work(undefined)
  const { TmpDir } = await import('./files/tmp-dir.ts')
  const directory = await TmpDir.create(tmpDir.from)
  try {
    await work(directory.path)
  } finally {
    const warn = (why: string) =>
      record.emit({ type: 'warning', message: `the directory ${directory.path} is left: ${why}` })
    if (mayStillRun(record)) warn('the container may still run')
    else await directory.remove().catch((error: NodeJS.ErrnoException) => warn(error.message))
  }
}

function mayStillRun({ mayRun, exitCode, container }: OutcomeBuilder): boolean {
  return mayRun && exitCode === null && container !== null && !container.removed
}
