import type { Engine } from '../../engine/engine.ts'
import { EngineError, isStatus } from '../../engine/error.ts'
import type { SwarmNode, Task } from '../../engine/swarm-wire.ts'
import { isUnanswered } from '../retry.ts'
import { CoalescedRequests } from './coalesced.ts'
import { SwarmEvents } from './swarm-events.ts'

/** What the jobs of this process on one Swarm share. */
export interface SwarmView {
  /** Lists tasks; the key is their filters as JSON. */
  tasks: CoalescedRequests<Task[]>
  /** Lists all nodes; the key is empty. */
  nodes: CoalescedRequests<SwarmNode[]>
  events: SwarmEvents
}

const views = new WeakMap<Engine, SwarmView>()

export function swarmView(engine: Engine): SwarmView {
  const view = views.get(engine) ?? {
    tasks: new CoalescedRequests((filters, signal) =>
      engine.tasks.list({ filters: JSON.parse(filters), signal }),
    ),
    nodes: new CoalescedRequests((_, signal) => engine.nodes.list({ signal })),
    events: new SwarmEvents(engine),
  }
  views.set(engine, view)
  return view
}

/**
 * True where a manager that has answered before can't do so now: it does not answer, it has no quorum, or it has just been
 * started and is not in its Swarm yet.
 */
export function isSwarmAway(error: unknown): error is EngineError {
  return isUnanswered(error) || isStatus(error, 503) || hasNoQuorum(error)
}

/** True where a manager says that none leads, or has lost the connection to the one that does. */
export function hasNoQuorum(error: unknown): error is EngineError {
  const { status = 0, engineMessage = '' } = error instanceof EngineError ? error : {}
  return status >= 500 && noQuorum.test(engineMessage)
}

const noQuorum =
  /deadline exceeded|does not have a leader|code = (Unavailable|Canceled|Aborted)|raft: (failed to process the request|no elected|node is not)/i
