import type { Task } from '../../engine/swarm-wire.ts'
import { durationText } from '../duration.ts'
import type { SwarmView } from './swarm-view.ts'
import { hasEnded } from './verdict.ts'

/** Milliseconds between two lists of the nodes. */
const pollInterval = 5_000

/** What is known of the nodes that a job's tasks are on. */
export class NodeWatch {
  readonly #view: SwarmView
  readonly #grace: number
  readonly #warn: (message: string) => void
  readonly #downSince = new Map<string, number>()
  readonly names = new Map<string, string>()
  /** Ids of those that have been down for longer than the grace. */
  readonly lost = new Set<string>()
  #lookedAt = Number.NEGATIVE_INFINITY

  /** @param grace milliseconds that a node may be down before its tasks are given up. */
  constructor(view: SwarmView, grace: number, warn: (message: string) => void) {
    this.#view = view
    this.#grace = grace
    this.#warn = warn
  }

  /** Lists the nodes when a task is on one whose name is unknown, and at intervals while tasks run. */
  async look(tasks: readonly Task[], signal: AbortSignal): Promise<void> {
    const used = new Set(tasks.flatMap(({ NodeID }) => (NodeID ? [NodeID] : [])))
    const hasUnnamed = [...used].some(node => !this.names.has(node))
    const hasRunning = tasks.some(task => task.NodeID && !hasEnded(task, this.lost))
    const isDue = performance.now() - this.#lookedAt >= pollInterval
    if (!hasUnnamed && !(hasRunning && isDue)) return
    // A list that fails is tried again at the next look.
    const nodes = await this.#view.nodes.get('', signal).catch(() => undefined)
    signal.throwIfAborted()
    this.#lookedAt = performance.now()
    if (nodes === undefined) return
    const down = new Set(nodes.filter(({ Status }) => Status.State === 'down').map(({ ID }) => ID))
    for (const { ID, Description } of nodes) this.names.set(ID, Description?.Hostname ?? ID)
    const present = new Set(nodes.map(({ ID }) => ID))
    for (const node of used) {
      if (!this.names.has(node)) this.names.set(node, node)
      const isDown = down.has(node) || !present.has(node)
      const isUsed = tasks.some(task => task.NodeID === node && !hasEnded(task, new Set()))
      if (isDown && isUsed) this.#noteDown(node)
      if (isDown) continue
      this.#downSince.delete(node)
      this.lost.delete(node)
    }
  }

  #noteDown(node: string): void {
    const since = this.#downSince.get(node)
    if (since === undefined) {
      this.#downSince.set(node, performance.now())
      const name = this.names.get(node) ?? node
      this.#warn(`the node ${name} is down; its tasks are waited for up to ${durationText(this.#grace)}`)
    }
    if (performance.now() - (since ?? performance.now()) >= this.#grace) this.lost.add(node)
  }
}
