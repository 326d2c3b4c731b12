import { constants } from 'node:os'
import type { Emit, Phase, RunEvent, Stale } from './events.ts'
import type { Execution } from './execution.ts'
import type { HoldfastError } from './failure.ts'
import type { CopyReport } from './files/copies.ts'
import { type ImageFacts, type Outcome, type RegistryFacts, registryFacts } from './outcome.ts'

/** One output stream, as far as it was kept. */
export interface Captured {
  text(): string
  /** Bytes printed that were not kept. */
  readonly dropped: number
}

/** Collects a run's outcome while it runs. */
export class OutcomeBuilder {
  /** While it runs. */
  execution: Execution | undefined
  /** A start was sent, and nothing has shown that it failed. */
  mayRun = false
  exitCode: number | null = null
  result: unknown = null
  resources: Outcome['resources'] = null
  /** The job ended well, and its files were copied. */
  succeeded = false
  oomKilled = false
  engine: string | null = null
  image: ImageFacts | null = null
  registry: RegistryFacts = { contacted: false }
  stale: Stale | null = null
  container: Outcome['container'] = null
  job: Outcome['job'] = null
  failure: HoldfastError | undefined
  readonly #started = performance.now()
  readonly #startedAt = new Date().toISOString()
  readonly #phases: Partial<{ [phase in Phase]: number }> = {}
  readonly #gaps: string[] = []
  readonly #copies: CopyReport[] = []
  readonly #warnings: string[] = []
  readonly #tell: Emit
  #phase: { name: Phase; since: number } | undefined

  constructor(tell: Emit) {
    this.#tell = tell
  }

  /** Notes an event, then passes it on. */
  readonly emit: Emit = event => {
    this.#note(event)
    this.#tell(event)
  }

  #note(event: RunEvent): void {
    if (event.type === 'phase') this.#enter(event.phase)
    else if (event.type === 'pull') this.#pulling(event)
    else if (event.type === 'skipped') this.stale = null
    else if (event.type === 'stale') this.stale = staleFacts(event)
    else if (event.type === 'gap') this.#gaps.push(event.reason)
    else if (event.type === 'copied') this.#copies.push(event.report)
    else if (event.type === 'warning') this.#warnings.push(event.message)
    else if (event.type === 'exited') this.exitCode = event.exitCode
    else if (event.type === 'created' || event.type === 'adopted')
      this.container = { id: event.container, removed: false }
    else if (event.type === 'removed') this.container = { id: event.container, removed: true }
  }

  // A later pull may succeed where an earlier one failed.
  #pulling(event: RunEvent & { type: 'pull' }): void {
    this.registry = registryFacts(event)
    this.stale = null
  }

  #enter(phase: Phase): void {
    this.#leave()
    this.#phase = { name: phase, since: performance.now() }
  }

  #leave(): void {
    if (this.#phase === undefined) return
    const { name, since } = this.#phase
    this.#phases[name] = (this.#phases[name] ?? 0) + milliseconds(since)
    this.#phase = undefined
  }

  outcome({ stdout, stderr }: { stdout: Captured; stderr: Captured }): Outcome {
    this.#leave()
    const { failure, exitCode, oomKilled, engine, image, registry, stale, container, job } = this
    return {
      kind: failure?.kind ?? (exitCode ? 'skipped' : 'ok'),
      exitCode,
      signal: signalOf(exitCode),
      oomKilled,
      engine,
      image,
      registry,
      stale,
      container,
      job,
      startedAt: this.#startedAt,
      duration: milliseconds(this.#started),
      phases: this.#phases,
      stdout: stdout.text(),
      stderr: stderr.text(),
      result: this.result,
      resources: this.resources,
      dropped: { stdout: stdout.dropped, stderr: stderr.dropped },
      gaps: this.#gaps,
      copies: this.#copies,
      warnings: this.#warnings,
      failure: failure === undefined ? null : failure.report(),
    }
  }
}

function staleFacts({ reason, kind, age, digest }: RunEvent & { type: 'stale' }): Stale {
  return { reason, kind, age, digest }
}

function milliseconds(since: number): number {
  return Math.round((performance.now() - since) * 1000) / 1000
}

function signalOf(exitCode: number | null): string | null {
  if (exitCode === null || exitCode <= 128) return null
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0] ?? null
}
