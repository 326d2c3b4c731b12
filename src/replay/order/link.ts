import { bodyOf, type Exchange } from '../file/exchange.ts'
import { type RecordedEvent, type Recording, RecordingError } from '../file/recording.ts'
import { findCauses } from './causes.ts'
import type { Cause, LinkedExchange, Step } from './step.ts'
import { containerIn, encodeNonAscii, targetOf, titleOf } from './target.ts'

const endOf = 'end of '
/** The causes of most steps; shared. */
const none: readonly Cause[] = []

/** The exchanges of a recording, linked to what causes what they say. */
export function link(recording: Recording): LinkedExchange[] {
  return 'events' in recording ? linkEvents(recording.events) : linkExchanges(recording.exchanges)
}

/** Links the events of version 1, which are in one order: the causes are found from it. */
export function linkEvents(events: readonly RecordedEvent[]): LinkedExchange[] {
  const all: LinkedExchange[] = []
  const open = new Map<number, LinkedExchange>()
  events.forEach((event, index) => {
    const line = index + 2
    const { conn, ...said } = event
    if ('request' in said) {
      const exchange = { ...said, said: [] }
      const linked = { exchange, target: targetOf(said.request), line, steps: [] }
      all.push(linked)
      open.set(conn, linked)
    } else if (open.get(conn)?.steps.some(step => 'closed' in step.said) === false) {
      open.get(conn)?.steps.push({ said, line, causes: [] })
    }
  })
  for (const { exchange, steps } of all) {
    // A close by the client is not for the Engine to play.
    const last = steps.at(-1)?.said
    if (last !== undefined && 'closed' in last && last.closed === 'client') steps.pop()
    exchange.said = steps.map(({ said }) => said)
  }
  nameContainers(all)
  findCauses(all)
  return all
}

function linkExchanges(exchanges: readonly Exchange[]): LinkedExchange[] {
  let lines = 1
  const all = exchanges.map(exchange => {
    const line = lines + 1
    const steps = exchange.said.map((said, index) => ({ said, line: line + 1 + index, causes: none }))
    lines = line + steps.length
    return { exchange, target: targetOf(exchange.request), line, steps }
  })
  nameContainers(all)
  const byName = new Map(namesOf(all).map((name, index) => [name, all[index]]))
  for (const { steps } of all) {
    steps.forEach(step => {
      const { after } = step.said
      if (after !== undefined) step.causes = after.map(name => causeOf(name, step, byName))
    })
  }
  return all
}

function causeOf(name: string, step: Step, byName: ReadonlyMap<string, LinkedExchange | undefined>): Cause {
  const what = name.startsWith(endOf) ? 'end' : 'request'
  const on = byName.get(encodeNonAscii(what === 'end' ? name.slice(endOf.length) : name))
  if (on !== undefined) return { on, what }
  throw new RecordingError(
    `line ${step.line} of the recording comes after ${JSON.stringify(name)}, which it does not have`,
  )
}

/** The exchanges as a file has them: causes become the names of requests. */
export function unlink(all: readonly LinkedExchange[]): Exchange[] {
  const names = new Map(namesOf(all).map((name, index) => [all[index], name]))
  return all.map(({ exchange, steps }) => ({
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
function namesOf(all: readonly LinkedExchange[]): string[] {
  const counts = new Map<string, number>()
  return all.map(({ target }) => {
    const title = titleOf(target)
    const count = (counts.get(title) ?? 0) + 1
    counts.set(title, count)
    return count === 1 ? title : `${title} #${count}`
  })
}

/** Finds which container each exchange is about, from its id, the beginning of that, or its name. */
function nameContainers(all: readonly LinkedExchange[]): void {
  const idsByName = new Map<string, string>()
  for (const linked of all) {
    const { target } = linked
    const key = containerIn(target.path)
    if (titleOf(target) === 'POST /containers/create') {
      const id = createdId(linked)
      if (id === undefined) continue
      linked.container = id.slice(0, 12)
      const [, name] = target.query.find(([own]) => own === 'name') ?? []
      if (name !== undefined) idsByName.set(name, linked.container)
    } else if (key !== undefined) {
      linked.container = idsByName.get(key) ?? (/^[0-9a-f]{12,64}$/.test(key) ? key.slice(0, 12) : key)
    }
  }
}

function createdId({ steps }: LinkedExchange): string | undefined {
  for (const { said } of steps) {
    const body = bodyOf(said)
    const value: unknown = body !== undefined && 'json' in body ? body.json : undefined
    if (typeof value === 'object' && value !== null && 'Id' in value && typeof value.Id === 'string')
      return value.Id
  }
  return undefined
}
