import { bodyOf, type Exchange } from '../file/exchange.ts'
import { type RecordedEvent, type Recording, RecordingError } from '../file/recording.ts'
import { findCauses } from './causes.ts'
import type { Cause, Linked, Step } from './step.ts'
import { containerIn, onWire, targetOf, titleOf } from './target.ts'

const endOf = 'end of '
/** Most steps wait for nothing. */
const none: readonly Cause[] = []

/** The exchanges of a recording, linked to what causes what they say. */
export function link(recording: Recording): Linked[] {
  return 'events' in recording ? linkEvents(recording.events) : linkExchanges(recording.exchanges)
}

/** Version 1 has one order of all events; what matters of it are causes. */
export function linkEvents(events: readonly RecordedEvent[]): Linked[] {
  const linked: Linked[] = []
  const open = new Map<number, Linked>()
  events.forEach((event, index) => {
    const line = index + 2
    const { conn, ...said } = event
    if ('request' in said) {
      const exchange = { ...said, said: [] }
      const one = { exchange, target: targetOf(said.request), line, steps: [] }
      linked.push(one)
      open.set(conn, one)
    } else if (open.get(conn)?.steps.some(step => 'closed' in step.said) === false) {
      open.get(conn)?.steps.push({ said, line, causes: [] })
    }
  })
  for (const { exchange, steps } of linked) {
    // A client that left has said nothing that the Engine could say.
    const last = steps.at(-1)?.said
    if (last !== undefined && 'closed' in last && last.closed === 'client') steps.pop()
    exchange.said = steps.map(({ said }) => said)
  }
  nameContainers(linked)
  findCauses(linked)
  return linked
}

function linkExchanges(exchanges: readonly Exchange[]): Linked[] {
  let lines = 1
  const linked = exchanges.map(exchange => {
    const line = lines + 1
    const steps = exchange.said.map((said, index) => ({ said, line: line + 1 + index, causes: none }))
    lines = line + steps.length
    return { exchange, target: targetOf(exchange.request), line, steps }
  })
  nameContainers(linked)
  const byName = new Map(namesOf(linked).map((name, index) => [name, linked[index]]))
  for (const { steps } of linked) {
    steps.forEach(step => {
      const { after } = step.said
      if (after !== undefined) step.causes = after.map(name => causeOf(name, step, byName))
    })
  }
  return linked
}

function causeOf(name: string, step: Step, byName: ReadonlyMap<string, Linked | undefined>): Cause {
  const what = name.startsWith(endOf) ? 'end' : 'request'
  const on = byName.get(onWire(what === 'end' ? name.slice(endOf.length) : name))
  if (on !== undefined) return { on, what }
  throw new RecordingError(
    `line ${step.line} of the recording comes after ${JSON.stringify(name)}, which it does not have`,
  )
}

/** The exchanges as a file has them: causes become the names of requests. */
export function unlink(linked: readonly Linked[]): Exchange[] {
  const names = new Map(namesOf(linked).map((name, index) => [linked[index], name]))
  return linked.map(({ exchange, steps }) => ({
    ...exchange,
    said: steps.map(({ said, causes }) => {
      const { at, after: _, ...utterance } = said
      const rest = at === undefined ? utterance : { ...utterance, at }
      const after = causes.map(({ on, what }) => `${what === 'end' ? endOf : ''}${names.get(on)}`)
      return after.length === 0 ? rest : { ...rest, after }
    }),
  }))
}

/** A name for each exchange, `POST /containers/x/start`, with a number from the second of that name on. */
function namesOf(linked: readonly Linked[]): string[] {
  const counts = new Map<string, number>()
  return linked.map(({ target }) => {
    const title = titleOf(target)
    const count = (counts.get(title) ?? 0) + 1
    counts.set(title, count)
    return count === 1 ? title : `${title} #${count}`
  })
}

/** Finds out which container each exchange is about, be it asked for by its id, the beginning of it, or its name. */
function nameContainers(linked: readonly Linked[]): void {
  const idsByName = new Map<string, string>()
  for (const one of linked) {
    const { target } = one
    const key = containerIn(target.path)
    if (titleOf(target) === 'POST /containers/create') {
      const id = createdId(one)
      if (id === undefined) continue
      one.container = id.slice(0, 12)
      const [, name] = target.query.find(([own]) => own === 'name') ?? []
      if (name !== undefined) idsByName.set(name, one.container)
    } else if (key !== undefined) {
      one.container = idsByName.get(key) ?? (/^[0-9a-f]{12,64}$/.test(key) ? key.slice(0, 12) : key)
    }
  }
}

function createdId({ steps }: Linked): string | undefined {
  for (const { said } of steps) {
    const body = bodyOf(said)
    const value: unknown = body !== undefined && 'json' in body ? body.json : undefined
    if (typeof value === 'object' && value !== null && 'Id' in value && typeof value.Id === 'string')
      return value.Id
  }
  return undefined
}
