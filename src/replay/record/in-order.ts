import type { Linked, Step } from '../order/step.ts'
import { isOrdered } from '../order/target.ts'

/**
 * What is about one container stands together. Requests between two that make it go on may have come in either order;
 * containers that were there at the same time may have, too: both are sorted by what they ask for. What is about no
 * container stands behind those that were there then.
 */
export function inOrder(linked: readonly Linked[]): Linked[] {
  const threads = new Map<Linked | string, Linked[]>()
  for (const one of linked) {
    const key = one.container ?? one
    threads.set(key, [...(threads.get(key) ?? []), one])
  }
  const spans = [...threads.values()].map(thread => ({
    thread: inThread(thread),
    from: Math.min(...thread.map(({ line }) => line)),
    to: Math.max(...thread.map(({ line, steps }) => answerLine(steps) ?? line)),
  }))
  const clusters: Array<typeof spans> = []
  let end = -1
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
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
  { thread: [one] }: { thread: Linked[] },
  { thread: [other] }: { thread: Linked[] },
): number {
  const key = (first: Linked | undefined) =>
    first === undefined ? '' : `${first.container === undefined ? 1 : 0} ${contentOf(first)}`
  return compare(key(one), key(other))
}

function contentOf({ exchange, target }: Linked): string {
  return `${target.method} ${target.path}?${target.query.join('&')} ${JSON.stringify(exchange.body)}`
}

function inThread(thread: readonly Linked[]): Linked[] {
  const settled: Linked[] = []
  let between: Linked[] = []
  const sorted = () => between.toSorted((one, other) => compare(contentOf(one), contentOf(other)))
  for (const one of thread) {
    if (!isOrdered(one.target)) between.push(one)
    else {
      settled.push(...sorted(), one)
      between = []
    }
  }
  return [...settled, ...sorted()]
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
