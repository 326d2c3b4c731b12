import { isChunked, isWhole, keepsConnection } from '../file/exchange.ts'
import type { LinkedExchange, Step } from './step.ts'
import { isChange, titleOf } from './target.ts'

/**
 * Finds what each utterance of the Engine had to wait for, from the order in which all was recorded. Output and exits come
 * after the start of their container and what else changed it before. An exit also comes after all requests for the
 * container since the wait, and after the end of the output. The answer to a request waits for nothing but the request.
 */
export function findCauses(all: readonly LinkedExchange[]): void {
  const ofContainers = all.filter(({ container }) => container !== undefined)
  const byContainer = Map.groupBy(ofContainers, ({ container }) => container)
  for (const linked of all) {
    const known = new Set<LinkedExchange>()
    for (const step of linked.steps) {
      if ('sent' in step.said) continue
      if ('closed' in step.said && isWhole(linked.exchange) && !keepsConnection(linked.exchange)) {
        step.causes = lastRequest(all, linked, step)
        continue
      }
      if (isAnswer(linked, step)) continue
      const related =
        linked.target.path === '/events'
          ? mentioned(step, byContainer)
          : (byContainer.get(linked.container) ?? [])
      const requests = related.filter(
        other => (isWait(linked) || isChange(other.target)) && comesBetween(other, linked, step),
      )
      const ends = isWait(linked) ? related.filter(other => endsBefore(other, step, related)) : []
      const fresh = (others: readonly LinkedExchange[]) => others.filter(other => !known.has(other))
      step.causes = [
        ...fresh(requests.filter(other => !ends.includes(other))).map(on => ({
          on,
          what: 'request' as const,
        })),
        ...fresh(ends).map(on => ({ on, what: 'end' as const })),
      ]
      for (const { on } of step.causes) known.add(on)
    }
  }
}

function isWait({ target }: LinkedExchange): boolean {
  return /^POST \/containers\/[^/]+\/wait$/.test(titleOf(target))
}

/** True for what follows from the request alone. The head of the answer to a wait may come with the exit. */
function isAnswer(linked: LinkedExchange, { said }: Step): boolean {
  return 'answer' in said && (!isWait(linked) || said.body === undefined)
}

// A client sends the request only after the answers that it has waited for: those need no cause.
function comesBetween(other: LinkedExchange, linked: LinkedExchange, step: Step): boolean {
  if (other === linked || other.line > step.line) return false
  const answered = other.steps.find(({ said }) => 'answer' in said && said.answer !== 100)
  return other.line > linked.line || answered === undefined || answered.line > linked.line
}

/** True for output that ended before the exit was reported, or after it with no other request in between. */
function endsBefore(other: LinkedExchange, exit: Step, related: readonly LinkedExchange[]): boolean {
  if (!/\/(attach|logs)$/.test(other.target.path) || other.line > exit.line) return false
  const end = other.steps.find(
    ({ said }) =>
      ('closed' in said && keepsConnection(other.exchange)) ||
      ('chunks' in said && isChunked(other.exchange)),
  )
  if (end === undefined) return false
  return end.line < exit.line || !related.some(({ line }) => line > exit.line && line < end.line)
}

function mentioned(
  { said }: Step,
  byContainer: ReadonlyMap<string | undefined, LinkedExchange[]>,
): LinkedExchange[] {
  const ids = JSON.stringify(said).match(/\b[0-9a-f]{12,64}\b/g) ?? []
  return [...new Set(ids.map(id => id.slice(0, 12)))].flatMap(id => byContainer.get(id) ?? [])
}

// The Engine closed an idle connection: a client may have used it until then.
function lastRequest(all: readonly LinkedExchange[], linked: LinkedExchange, step: Step): Step['causes'] {
  const before = all.findLast(({ line }) => line < step.line)
  return before === undefined || before.line <= linked.line ? [] : [{ on: before, what: 'request' }]
}
