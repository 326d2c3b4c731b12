import type { Engine } from '../../engine/engine.ts'
import type { Emit } from '../events.ts'
import type { FailureKind, HoldfastError } from '../failure.ts'
import type { Copy, CopyLimits, CopyReport } from './copies.ts'
import { copyFailure } from './copy-failure.ts'
import { copyIn } from './copy-in.ts'
import { copyOut } from './copy-out.ts'
import { findHostSource } from './host-source.ts'
import { HostTarget } from './host-target.ts'

/** What a run copies. */
export interface FileOptions {
  /** Files and directories of this machine that the container gets before it starts. */
  copyIn?: readonly Copy[] | undefined
  /** Files and directories of the container that this machine gets when it has ended, however it ended. */
  copyOut?: readonly Copy[] | undefined
  /** What each copy may take. */
  copyLimits?: CopyLimits | undefined
}

interface Copying {
  engine: Engine
  container: string
  emit: Emit
  /** Does something again while the Engine can't be reached. */
  retry: <T>(work: () => Promise<T>) => Promise<T>
}

/** The files that go into a container before its start, and out of it after its end. */
export class Files implements AsyncDisposable {
  readonly #options: FileOptions
  readonly #targets: Array<{ copy: Copy; target: HostTarget }> = []

  private constructor(options: FileOptions) {
    this.#options = options
  }

  /** Checks the paths on this machine before any request. A bad one is a usage error. */
  static async open(options: FileOptions): Promise<Files> {
    const files = new Files(options)
    try {
      for (const copy of options.copyIn ?? [])
        await failingAs('usage', 'in', copy, () => findHostSource(copy.from))
      for (const copy of options.copyOut ?? []) {
        const target = await failingAs('usage', 'out', copy, () => HostTarget.open(copy.to))
        files.#targets.push({ copy, target })
      }
      return files
    } catch (error) {
      await files[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Copies what goes in. The first failure ends it. */
  async copyIn(copying: Copying & { signal: AbortSignal }): Promise<void> {
    if (this.#options.copyIn?.length) copying.emit({ type: 'phase', phase: 'copy-in' })
    for (const copy of this.#options.copyIn ?? []) {
      const limits = this.#options.copyLimits ?? {}
      const attempt = () => copyIn({ ...copying, limits }, copy)
      report(await failingAs('copy-failed', 'in', copy, () => copying.retry(attempt)), copying.emit)
    }
  }

  /** Copies what goes out. All of it is tried; returns the failures. */
  async copyOut(copying: Copying & { signal?: AbortSignal }): Promise<HoldfastError[]> {
    const failures: HoldfastError[] = []
    if (this.#targets.length > 0) copying.emit({ type: 'phase', phase: 'copy-out' })
    for (const { copy, target } of this.#targets) {
      const limits = this.#options.copyLimits ?? {}
      const attempt = () => copyOut({ ...copying, limits }, copy, target)
      try {
        report(await copying.retry(attempt), copying.emit)
      } catch (error) {
        failures.push(copyFailure('copy-failed', 'out', copy, error))
      }
    }
    return failures
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { target } of this.#targets) await target[Symbol.asyncDispose]()
  }
}

async function failingAs<T>(
  kind: FailureKind,
  direction: 'in' | 'out',
  copy: Copy,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw copyFailure(kind, direction, copy, error)
  }
}

function report(copied: CopyReport, emit: Emit): void {
  emit({ type: 'copied', report: copied })
  if (copied.omissions > 0) emit({ type: 'warning', message: omissionText(copied) })
}

/** Omissions that a warning names. */
const mostShown = 3

function omissionText({ from, omitted, omissions }: CopyReport): string {
  const shown = omitted.slice(0, mostShown).map(({ name, reason }) => `${name} (${reason})`)
  const more = omissions > shown.length ? `, and ${omissions - shown.length} more` : ''
  const what =
    omissions === 1 ? '1 entry was left out or changed' : `${omissions} entries were left out or changed`
  return `of the copy of ${from}, ${what}: ${shown.join(', ')}${more}`
}
