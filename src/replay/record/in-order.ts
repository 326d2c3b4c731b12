import type { LinkedExchange, Step } from '../order/step.ts'
import { isOrdered } from '../order/target.ts'

/**
 * Sorts exchanges so that two recordings of one conversation have one order. Those of one container stand together. Between
 * two requests whose order matters, the others may have come in any order, and so may containers that existed at the same
 * time: both are sorted by what they request. An exchange of no container comes after the containers of its time.
 */
export function inOrder(all: readonly LinkedExchange[]): LinkedExchange[] {
  const threads = new Map<LinkedExchange | string, LinkedExchange[]>()
  for (const linked of all) {
    const key = linked.container ?? linked
    threads.set(key, [...(threads.get(key) ?? []), linked])
  }
  const spans = [...threads.values()].map(thread => ({
    thread: sortThread(thread),
    from: Math.min(...thread.map(({ line }) => line)),
    to: Math.max(...thread.map(({ line, steps }) => answerLine(steps) ?? line)),
  }))
  const clusters: Array<typeof spans> = []
  let end = -1
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    if (span.from > end) clusters.push([])
    clusters.at(-1)?.push(span)
    end = Math.max(end, span.to)
  }
  return clusters.flatMap(cluster => cluster.toSorted(byContent).flatMap(({ thread }) => thread))
}

function answerLine(steps: readonly Step[]): number | undefined {
  return steps.find(({ said }) => 'answer' in said)?.line
}

function byContent(
  { thread: [a] }: { thread: LinkedExchange[] },
  { thread: [b] }: { thread: LinkedExchange[] },
): number {
  const key = (first: LinkedExchange | undefined) =>
    first === undefined ? '' : `${first.container === undefined ? 1 : 0} ${contentOf(first)}`
  return compare(key(a), key(b))
}

function contentOf({ exchange, target }: LinkedExchange): string {
  return `${target.method} ${target.path}?${target.query.join('&')} ${JSON.stringify(exchange.body)}`
}

function sortThread(thread: readonly LinkedExchange[]): LinkedExchange[] {
  const sorted: LinkedExchange[] = []
  let between: LinkedExchange[] = []
  const sortedBetween = () => between.toSorted((a, b) => compare(contentOf(a), contentOf(b)))
  for (const linked of thread) {
    if (!isOrdered(linked.target)) between.push(linked)
    else {
      sorted.push(...sortedBetween(), linked)
      between = []
    }
  }
  return [...sorted, ...sortedBetween()]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
