import { isChunked, isWhole, keepsConnection } from '../file/exchange.ts'
import type { Linked, Step } from './step.ts'
import { isChange, titleOf } from './target.ts'

/**
 * Finds what each utterance of the Engine had to wait for, from the one order in which all was recorded: output and exits
 * come after the start and what else changed their container before, an exit after all that was asked of the container
 * while it was waited for, and after the end of the output.
 * The answer to a request waits for nothing but the request.
 */
export function findCauses(linked: readonly Linked[]): void {
  const all = linked.filter(({ container }) => container !== undefined)
  const ofContainer = Map.groupBy(all, ({ container }) => container)
  for (const one of linked) {
    const known = new Set<Linked>()
    for (const step of one.steps) {
      if ('sent' in step.said) continue
      if ('closed' in step.said && isWhole(one.exchange) && !keepsConnection(one.exchange)) {
        step.causes = lastRequest(linked, one, step)
        continue
      }
      if (isAnswer(one, step)) continue
      const about =
        one.target.path === '/events' ? mentioned(step, ofContainer) : (ofContainer.get(one.container) ?? [])
      const requests = about.filter(
        other => (isWait(one) || isChange(other.target)) && comesBetween(other, one, step),
      )
      const ends = isWait(one) ? about.filter(other => endsBefore(other, step, about)) : []
      const fresh = (others: readonly Linked[]) => others.filter(other => !known.has(other))
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

function isWait({ target }: Linked): boolean {
  return /^POST \/containers\/[^/]+\/wait$/.test(titleOf(target))
}

/** What follows from the request alone. The head of a wait may come with the exit. */
function isAnswer(one: Linked, { said }: Step): boolean {
  return 'answer' in said && (!isWait(one) || said.body === undefined)
}

// What was answered before a request is behind its client anyhow.
function comesBetween(other: Linked, one: Linked, step: Step): boolean {
  if (other === one || other.line > step.line) return false
  const answered = other.steps.find(({ said }) => 'answer' in said && said.answer !== 100)
  return other.line > one.line || answered === undefined || answered.line > one.line
}

/** True for output that ended before that exit was said, or after it with no other request between. */
function endsBefore(other: Linked, exit: Step, about: readonly Linked[]): boolean {
  if (!/\/(attach|logs)$/.test(other.target.path) || other.line > exit.line) return false
  const end = other.steps.find(
    ({ said }) =>
      ('closed' in said && keepsConnection(other.exchange)) ||
      ('chunks' in said && isChunked(other.exchange)),
  )
  if (end === undefined) return false
  return end.line < exit.line || !about.some(({ line }) => line > exit.line && line < end.line)
}

function mentioned({ said }: Step, ofContainer: ReadonlyMap<string | undefined, Linked[]>): Linked[] {
  const ids = JSON.stringify(said).match(/\b[0-9a-f]{12,64}\b/g) ?? []
  return [...new Set(ids.map(id => id.slice(0, 12)))].flatMap(id => ofContainer.get(id) ?? [])
}

// An idle connection that the Engine closed: a client may have used it until then.
function lastRequest(linked: readonly Linked[], one: Linked, step: Step): Step['causes'] {
  const before = linked.findLast(({ line }) => line < step.line)
  return before === undefined || before.line <= one.line ? [] : [{ on: before, what: 'request' }]
}
