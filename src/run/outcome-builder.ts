import { constants, hostname } from 'node:os'
import type { Emit, Phase, RunEvent, Stale } from './events.ts'
import type { Execution } from './execution.ts'
import type { HoldfastError } from './failure.ts'
import type { CopyReport } from './files/copies.ts'
import {
  type ImageFacts,
  type Outcome,
  type RegistryFacts,
  registryFactsAfter,
  type SwarmFacts,
} from './outcome.ts'
import { ownVersion } from './own-version.ts'

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
  /** The run has sent the container a signal. */
  signalled = false
  result: unknown = null
  resources: Outcome['resources'] = null
  /** The job ended well, and its files were copied. */
  succeeded = false
  oomKilled = false
  engine: string | null = null
  apiVersion: string | null = null
  image: ImageFacts | null = null
  registry: RegistryFacts = { contacted: false }
  stale: Stale | null = null
  container: Outcome['container'] = null
  swarm: SwarmFacts | null = null
  job: Outcome['job'] = null
  failure: HoldfastError | undefined
  readonly #started = performance.now()
  readonly #startedAt = new Date().toISOString()
  readonly #phases: Partial<{ [phase in Phase]: number }> = {}
  readonly #gaps: string[] = []
  readonly #copies: CopyReport[] = []
  readonly #warnings: string[] = []
  readonly #onEvent: Emit
  readonly #asked: Pick<Outcome, 'id' | 'command'>
  #recording: string | null = null
  #phase: { name: Phase; since: number } | undefined

  get id(): string {
    return this.#asked.id
  }

  constructor(onEvent: Emit, asked: Pick<Outcome, 'id' | 'command'>) {
    this.#onEvent = onEvent
    this.#asked = asked
  }

  /** Notes an event, then passes it on. */
  readonly emit: Emit = event => {
    this.#note(event)
    this.#onEvent(event)
  }

  #note(event: RunEvent): void {
    this.registry = registryFactsAfter(this.registry, event)
    if (event.type === 'phase') this.#enter(event.phase)
    // A later pull makes good what an earlier one could not.
    else if (event.type === 'pull' || event.type === 'skipped') this.stale = null
    else if (event.type === 'stale') this.stale = staleFacts(event)
    else if (event.type === 'gap') this.#gaps.push(event.reason)
    else if (event.type === 'copied') this.#copies.push(event.report)
    else if (event.type === 'warning') this.#warnings.push(event.message)
    else if (event.type === 'signal') this.signalled = true
    else if (event.type === 'exited') this.exitCode = event.exitCode
    else if (event.type === 'recorded') this.#recording = event.file
    else if (event.type === 'created' || event.type === 'adopted')
      this.container = { id: event.container, name: event.name, removed: false }
    else if (event.type === 'removed') this.#removed(event)
  }

  #removed({ container: id }: RunEvent & { type: 'removed' }): void {
    this.container = { id, name: this.container?.name ?? null, removed: true }
  }

  /** Notes the container's name on the Engine, where it was not given. */
  noteName(name: string | undefined): void {
    if (this.container !== null) this.container.name ??= name ?? null
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
    return {
      kind: this.failure?.kind ?? (this.exitCode ? 'skipped' : 'ok'),
      exitCode: this.exitCode,
      signal: signalOf(this.exitCode),
      oomKilled: this.oomKilled,
      engine: this.engine,
      apiVersion: this.apiVersion,
      image: this.image,
      registry: this.registry,
      stale: this.stale,
      container: this.container,
      swarm: this.swarm,
      job: this.job,
      ...this.#asked,
      holdfast: ownVersion,
      host: hostname(),
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
      recording: this.#recording,
      failure: this.failure?.report() ?? null,
    }
  }
}

function staleFacts({ type: _, image: __, ...stale }: RunEvent & { type: 'stale' }): Stale {
  return stale
}

function milliseconds(since: number): number {
  return Math.round((performance.now() - since) * 1000) / 1000
}

function signalOf(exitCode: number | null): string | null {
  if (exitCode === null || exitCode <= 128) return null
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0] ?? null
}
