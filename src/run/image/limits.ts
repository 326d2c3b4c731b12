import { durationText } from '../duration.ts'
import type { Emit, RunEvent } from '../events.ts'
import { HoldfastError } from '../failure.ts'
import type { PullTimeout } from '../options.ts'
import type { ImageName } from '../reference.ts'
import { Timer } from '../timer.ts'

/** A {@link PullTimeout} with every limit set. */
export type Budget = Record<keyof PullTimeout, number>

/** The default limits of a pull, in milliseconds. */
export const defaultBudget: Budget = { connect: 30_000, idle: 120_000, total: 1_800_000 }

/** The same where a local copy could run. */
export const refreshBudget: Budget = { ...defaultBudget, connect: 10_000, idle: 20_000 }

/** What the Engine says of a layer once it has all of it. */
const local = /^(Download complete|Verifying Checksum|Extracting|Pull complete|Already exists)/

/** More layers than an image has. */
const layerLimit = 1_000

/** The limits that are given, and the others as they are by default. */
export function budgetOf(byDefault: Budget, given: PullTimeout = {}): Budget {
  const { connect = byDefault.connect, idle = byDefault.idle, total = byDefault.total } = given
  return { connect, idle, total }
}

/** A pull was ended by its limits. Whatever its kind is, a local copy may run in place of it. */
export class BudgetSpent extends HoldfastError {}

/**
 * Measures a pull by what the Engine says of it, since the Engine itself waits for a silent registry without end. Any
 * line that says something new is a sign of life, "Retrying in 5 seconds" as well. Where a local copy could run, the whole
 * attempt has no longer than connect and idle together; only a download that gets further goes on, for idle after each step.
 * When the budget is used up `signal` aborts with a {@link BudgetSpent}.
 */
export class PullBudget implements Disposable {
  readonly #controller = new AbortController()
  readonly #limits: Budget
  readonly #reference: ImageName
  readonly #hasLocal: boolean
  #total: Timer | undefined
  /** For the Engine's first word, then for its next. */
  #next: Timer | undefined
  /** For a download to get further, where a local copy could run. */
  #growth: Timer | undefined
  #hasBegun = false
  /** What was last said of each layer. */
  readonly #lastLines = new Map<string, string>()
  /** The most bytes that were ever there of each layer; Infinity for all of it. */
  readonly #mostBytes = new Map<string, number>()
  #lastFailure = ''

  constructor(limits: Budget, reference: ImageName, hasLocal = false) {
    this.#limits = limits
    this.#reference = reference
    this.#hasLocal = hasLocal
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Takes the pull's events. */
  readonly observe: Emit = event => {
    if (event.type === 'pull') this.#begin()
    else if (event.type === 'progress') this.#onProgress(event)
    else if (event.type === 'retry') this.#onRetry(event)
  }

  // Not before: the look-up of credentials has a limit of its own, and is not the registry's.
  #begin(): void {
    const { connect, idle, total } = this.#limits
    this.#total ??= timerFor(total, () => this.#endTotal())
    this.#next ??= timerFor(connect, () =>
      this.#end('connect', `no progress from the Engine within ${durationText(connect)}`),
    )
    if (this.#hasLocal && connect > 0 && idle > 0) this.#growth ??= this.#timerForMore(connect + idle)
  }

  #timerForMore(ms: number): Timer {
    return timerFor(ms, () => this.#end('idle', `it got no further within ${durationText(ms)}`))
  }

  // Engines with the containerd store repeat a layer's line ten times a second, whether it moves or not.
  #onProgress({ id = '', status, current }: RunEvent & { type: 'progress' }): void {
    // Where a local copy could run, the Engine's own retries are not worth the wait.
    if (this.#hasLocal && status.startsWith('Retrying')) return
    const said = `${status} ${current}`
    if (this.#lastLines.get(id) === said) return
    if (this.#lastLines.size > layerLimit) this.#lastLines.clear()
    this.#lastLines.set(id, said)
    this.#awaitNext()
    if (this.#hasGrown(id, local.test(status) ? Number.POSITIVE_INFINITY : current)) this.#allowMore()
    if (!this.#isDownloaded()) return
    this.#next?.stop()
    this.#growth?.stop()
  }

  // A blob that breaks off again and again is downloaded from its beginning each time.
  #hasGrown(id: string, bytes = 0): boolean {
    if (bytes <= (this.#mostBytes.get(id) ?? 0)) return false
    if (this.#mostBytes.size > layerLimit) this.#mostBytes.clear()
    this.#mostBytes.set(id, bytes)
    return true
  }

  #allowMore(): void {
    if (this.#growth === undefined || this.#growth.left >= this.#limits.idle) return
    this.#growth.stop()
    this.#growth = this.#timerForMore(this.#limits.idle)
  }

  /** All layers are on the Engine, which extracts them: the registry has nothing more to say. */
  #isDownloaded(): boolean {
    const layers = [...this.#lastLines].filter(([id, said]) => id !== '' && !said.startsWith('Pulling from'))
    return layers.length > 0 && layers.every(([, said]) => local.test(said))
  }

  #awaitNext(): void {
    this.#hasBegun = true
    this.#next?.stop()
    const { idle } = this.#limits
    this.#next = timerFor(idle, () => this.#end('idle', `no progress for ${durationText(idle)}`))
  }

  // A try that can't come in time is not waited for.
  #onRetry({ failure, delay }: RunEvent & { type: 'retry' }): void {
    this.#lastFailure = failure.message
    if (this.#hasBegun) this.#awaitNext()
    const timers = [this.#total, this.#next, this.#growth]
    if (timers.some(timer => timer !== undefined && timer.left <= delay))
      this.#controller.abort(HoldfastError.from(failure))
  }

  #endTotal(): void {
    const what = `it was not done after ${durationText(this.#limits.total)}`
    if (!this.#isDownloaded()) {
      this.#end('total', what)
      return
    }
    const message = `${this.#reference.text} could not be pulled: ${what}, though the Engine has all of its layers`
    const hint = `The registry delivered the image, and the Engine was still extracting it: see its disk and its load. ${longer('total')}`
    this.#controller.abort(new BudgetSpent('pull-failed', message, { hint, limit: 'pullTimeout.total' }))
  }

  #end(part: keyof PullTimeout, what: string): void {
    const { text, domain } = this.#reference
    const last = this.#lastFailure === '' ? '' : `; before that, ${this.#lastFailure}`
    const message = `${text} could not be pulled: ${what}${last}`
    const hint = `Is ${domain} up, and can the Engine reach it? ${longer(part)}`
    this.#controller.abort(
      new BudgetSpent('registry-outage', message, { hint, limit: `pullTimeout.${part}` }),
    )
  }

  [Symbol.dispose](): void {
    this.#total?.stop()
    this.#next?.stop()
    this.#growth?.stop()
  }
}

function longer(part: keyof PullTimeout): string {
  return `Give it longer with the option pullTimeout.${part}.`
}

/** 0 stands for no limit. */
function timerFor(limit: number, act: () => void): Timer {
  return new Timer(limit === 0 ? Number.POSITIVE_INFINITY : limit, act)
}
