import { expect, test } from 'vitest'
import { failureKinds } from '../../src/run/failure.ts'
import { mapLimit } from '../../src/run/map-limit.ts'
import type { Outcome } from '../../src/run/outcome.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import type { Exchange, Operation } from '../support/fake-exchange.ts'
import { random, tries } from '../support/random.ts'
import { launch, prints } from './launch.ts'

const operations: readonly Operation[] = [
  'ping',
  'image',
  'pull',
  'create',
  'attach',
  'wait',
  'start',
  'inspect',
  'logs',
  'remove',
]
/** Names that the Engine's JSON has, so that some of what is made up fits in part. */
const names = [
  'Id',
  'Warnings',
  'StatusCode',
  'Error',
  'Message',
  'message',
  'State',
  'Status',
  'ExitCode',
  'OOMKilled',
  'StartedAt',
  'Config',
  'Tty',
  'RepoTags',
  'Os',
  'Architecture',
  'status',
  'errorDetail',
  'progressDetail',
  '__proto__',
]
const scalars = [
  null,
  true,
  false,
  0,
  1,
  -1,
  256,
  1.5,
  1e300,
  '',
  'running',
  'linux',
  'x'.repeat(5_000),
  '\u0000\ud800',
]

function madeUp(below: (bound: number) => number, depth = 3): unknown {
  const kind = depth === 0 ? 0 : below(4)
  if (kind < 2) return scalars[below(scalars.length)]
  if (kind === 2) return Array.from({ length: below(4) }, () => madeUp(below, depth - 1))
  const entries = Array.from({ length: below(6) }, () => [
    names[below(names.length)] ?? '',
    madeUp(below, depth - 1),
  ])
  return Object.fromEntries(entries)
}

const statuses = [200, 201, 204, 304, 400, 401, 403, 404, 409, 418, 500, 503]

/** Answers with what no Engine says. */
function misbehave(exchange: Exchange, below: (bound: number) => number): void {
  const { response, socket, seen } = exchange
  const drawn = statuses[below(statuses.length)] ?? 200
  // A container that is said to have started, and has not, is waited for.
  const status = seen.operation === 'start' && drawn < 400 ? 500 : drawn
  const text = [
    () => JSON.stringify(madeUp(below)),
    () => `${JSON.stringify(madeUp(below))}\n${JSON.stringify(madeUp(below))}\n`,
    () => '<html><title>no</title>',
    () => '{"message":',
    () => String(below(1_000)),
  ][below(5)]?.()
  if (seen.operation === 'attach') {
    socket.end(`HTTP/1.1 ${status} X\r\nContent-Type: text/plain\r\n\r\n${text}`)
  } else if (below(8) === 0) {
    socket.end('\u0001 no HTTP\r\n\r\n')
  } else {
    const type = below(2) === 0 ? 'application/json' : 'text/plain'
    response.writeHead(status, {
      'Api-Version': ['1.41', '9.9', 'x', ''][below(4)] ?? '',
      'Content-Type': type,
    })
    response.end(seen.method === 'HEAD' || status === 204 || status === 304 ? undefined : text)
  }
}

/** A run on an Engine of which one operation, once or twice, says what no Engine says. */
async function attempt(seed: number): Promise<Outcome['kind']> {
  const below = random(seed)
  await using engine = await FakeEngine.start({
    images: below(2) === 0 ? ['bb:1'] : [],
    registry: ['bb:1'],
    program: prints('out'),
  })
  const target = operations[below(operations.length)] ?? 'ping'
  for (let times = 1 + below(2); times > 0; times--) engine.on(target, exchange => misbehave(exchange, below))
  const { kind, exitCode, failure } = await launch(engine, { engineGrace: 0 })
  const about = `${target}, seed ${seed}: ${JSON.stringify(failure)}`
  expect(['ok', ...failureKinds], about).toContain(kind)
  expect(failure?.message ?? '', about).not.toMatch(/^unexpected: |undefined|\[object|NaN/)
  if (kind === 'ok') expect(exitCode, about).toBe(0)
  if (kind === 'exit') expect(exitCode, about).toBeGreaterThan(0)
  expect(engine.containers.length, about).toBeLessThan(2)
  // What is said to have been created is removed; nothing else is.
  if (target !== 'create')
    for (const { operation, about: id } of engine.requests)
      if (operation === 'remove') expect(id, about).toMatch(/^[0-9a-f]{64}$/)
  return kind
}

test(`whatever an Engine says, a run ends with an outcome, and removes no other container (${tries} rounds)`, async () => {
  const seeds = Array.from({ length: tries }, (_, index) => index)
  const kinds = new Set(await Promise.all(mapLimit(seeds, 20, attempt)))
  // Not all of one kind: the answers reach every step.
  expect(kinds.size).toBeGreaterThan(4)
}, 120_000)
