import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect, type Engine, type Outcome, run } from '../../src/index.ts'
import { readAudit, User } from './support/command.ts'
import { importBusybox, pull, push, tag } from './support/images.ts'
import { startRegistry } from './support/registry.ts'
import { engineJson, engineRequest } from './support/request.ts'
import { copyImage, TestSwarm, until } from './support/swarm.ts'
import { type Mode, startTrouble } from './support/trouble.ts'

const image = 'busybox:live'

let swarm: TestSwarm
let engine: Engine
let user: User

beforeAll(async () => {
  swarm = await TestSwarm.start()
  engine = connect({ host: swarm.host(1), env: {} })
  await importBusybox(swarm.socket(1), image)
  for (const node of [2, 3]) await copyImage(swarm.socket(1), image, swarm.socket(node))
})

afterAll(async () => {
  await engine?.close()
  await swarm?.stop()
})

beforeEach(() => {
  user = new User(swarm.host(1))
})

/** The tasks that nodes go on with, or will: what a service must not leave. */
async function going(): Promise<string[]> {
  const over = ['complete', 'failed', 'rejected', 'shutdown', 'orphaned', 'remove']
  const tasks = await engineJson<{ ID: string; Status: { State: string } }[]>(
    swarm.socket(1),
    'GET',
    '/tasks',
  )
  return tasks.flatMap(({ ID, Status }) => (over.includes(Status.State) ? [] : ID))
}

afterEach(async () => {
  // Their nodes remove them a moment after the service.
  await until(async () => (await going()).length === 0)
  const services = await swarm.services()
  for (const { ID } of services) await engineRequest(swarm.socket(1), 'DELETE', `/services/${ID}`)
  expect([...user.leave(), ...services.map(({ Spec }) => Spec.Name)]).toEqual([])
})

const sh = (script: string) => ['sh', '-c', script]

it('60 jobs, spread over the nodes: each has its own output and status', async () => {
  const jobs = Array.from({ length: 60 }, (_, at) =>
    run({ engine, image, command: sh(`echo job ${at}; exit ${at % 2}`), swarm: {}, reject: false }),
  )
  const outcomes = await Promise.all(jobs)
  for (const [at, outcome] of outcomes.entries())
    expect(outcome).toMatchObject({ exitCode: at % 2, stdout: `job ${at}\n`, gaps: [] })
  const nodes = new Set(outcomes.flatMap(({ swarm }) => swarm?.tasks.map(({ node }) => node)))
  expect([...nodes].sort()).toEqual(['node-1', 'node-2', 'node-3'])
}, 300_000)

it.each([
  [
    'lines as fast as they come',
    'seq 1 100000',
    Array.from({ length: 100_000 }, (_, at) => `${at + 1}\n`).join(''),
  ],
  [
    'a line of 3 MB',
    'head -c 3000000 /dev/zero | tr "\\0" x; echo; echo end',
    `${'x'.repeat(3_000_000)}\nend\n`,
  ],
])(
  '%s: all, once',
  async (_, script, wanted) => {
    const outcome = await run({
      engine,
      image,
      command: sh(script),
      swarm: {},
      capture: 4_000_000,
      reject: false,
    })
    expect(outcome).toMatchObject({ kind: 'ok', gaps: [] })
    expect(outcome.stdout.length).toBe(wanted.length)
    expect(outcome.stdout === wanted).toBe(true)
  },
  60_000,
)

it('an array of 20 with 5 at a time: each task knows its number, and each line has its task', async () => {
  const { status, text } = await user.run([
    ...['run', '--swarm', '--replicas', '20', '--max-concurrent', '5', '-e', 'N={{.Task.Slot}}'],
    ...[image, ...sh('echo "it is $N"')],
  ])
  expect(status).toBe(0)
  const lines = text.trim().split('\n')
  expect(lines).toHaveLength(20)
  // Swarm has the node's id in place of 0.
  for (let number = 1; number < 20; number++) expect(lines).toContain(`${number} | it is ${number}`)
  expect(lines.some(line => /^0 \| it is [a-z\d]{25}$/.test(line))).toBe(true)
})

describe('the exit status', () => {
  it.each([0, 3, 137])('%i', async expected => {
    expect((await user.run(['run', '--swarm', image, ...sh(`exit ${expected}`)])).status).toBe(expected)
  })

  it('of a command that is not there', async () => {
    const { status, stderr } = await user.run(['run', '--swarm', image, '/nope'])
    expect(status).toBe(127)
    expect(stderr).toMatch(/start-failed: task 0 on node-\d could not be started: .*\/nope/)
  })

  it('of an array: the first failure, and how many failed', async () => {
    const script = 'case $N in 1) exit 4;; 2) exit 5;; esac'
    const argv = ['run', '--swarm', '--replicas', '3', '-e', 'N={{.Task.Slot}}', image, ...sh(script)]
    const { status, stderr } = await user.run(argv)
    expect(status).toBe(4)
    expect(stderr).toMatch(/exit: 2 of 3 tasks failed: task 1 on node-\d ended with status 4/)
  })
})

it('a job that fails runs once, however many of its tasks fail, and also when a manager starts', async () => {
  const job = ['run', '--swarm', '--job', 'once', '--rm=never', '--replicas', '3', image]
  expect((await user.run([...job, ...sh('echo ran; exit 3')])).status).toBe(3)
  await swarm.kill(1, 'SIGTERM')
  await swarm.start(1)
  const again = await user.run([...job, ...sh('echo ran; exit 3')])
  expect(again.status).toBe(3)
  // A node that restarts loses the logs of the tasks that had ended on it.
  const lines = again.text.trim().split('\n')
  expect(lines.length).toBe(new Set(lines).size)
  const filters = encodeURIComponent('{"service":["holdfast-once"]}')
  const path = `/tasks?filters=${filters}`
  const tasks = await engineJson<{ Status: { State: string } }[]>(swarm.socket(1), 'GET', path)
  expect(tasks.filter(({ Status }) => Status.State === 'failed')).toHaveLength(3)
  expect((await user.run(['rm', 'once'])).status).toBe(0)
})

it('output arrives while the job runs, both streams, and whole', async () => {
  const script = 'for i in 1 2 3; do echo out $i; echo err $i >&2; sleep 1; done; printf end'
  const command = user.start(['run', '--swarm', image, ...sh(script)])
  await command.printed(/out 1\n/)
  const { status, text, stderr } = await command.finished
  expect({ status, text, stderr }).toEqual({
    status: 0,
    text: 'out 1\nout 2\nout 3\nend',
    stderr: 'err 1\nerr 2\nerr 3\n',
  })
})

it('what no node can run is reported at once, and ended by the limit', async () => {
  const argv = [
    'run',
    '--swarm',
    '--constraint',
    'node.labels.no==such',
    '--pending-timeout',
    '3s',
    image,
    'true',
  ]
  const { status, stderr } = await user.run(argv)
  expect(status).toBe(124)
  expect(stderr).toMatch(/waits for a node: no suitable node/)
  expect(stderr).toMatch(/timeout: no node took the job within 3 s: no suitable node/)
})

it('secrets, configs, reservations and a preference of nodes', async () => {
  const Data = (text: string) => Buffer.from(text).toString('base64')
  await engineJson(swarm.socket(1), 'POST', '/secrets/create', { Name: 'key', Data: Data('hush\n') })
  await engineJson(swarm.socket(1), 'POST', '/configs/create', { Name: 'app', Data: Data('plain\n') })
  const { status, text } = await user.run([
    ...['run', '--swarm', '--secret', 'key', '--secret', 'source=key,target=/other,mode=0400'],
    ...[
      '--swarm-config',
      'source=app,target=/etc/app.conf',
      '--reserve-memory',
      '8m',
      '--reserve-cpus',
      '0.1',
    ],
    ...['--placement-pref', 'spread=node.labels.zone', image],
    ...sh('cat /run/secrets/key /etc/app.conf; stat -c %a /other'),
  ])
  expect({ status, text }).toEqual({ status: 0, text: 'hush\nplain\n400\n' })
})

describe('refused, exit status 125:', () => {
  it.each<[string, number, string[], RegExp]>([
    ['an Engine that is no manager', 3, [], /This node is not a swarm manager[\s\S]*--host/],
    [
      'a secret that is not there',
      1,
      ['--secret', 'nope'],
      /secret nope not found[\s\S]*docker secret create nope/,
    ],
    ['a name that Swarm refuses', 1, ['--job', 'a.b'], /name must be valid as a DNS name[\s\S]*at most 54/],
    [
      'a name that is too long',
      1,
      ['--job', 'k'.repeat(55)],
      /name must be 63 characters or fewer[\s\S]*at most 54/,
    ],
    [
      'a config that is not there',
      1,
      ['--swarm-config', 'source=nope,target=/c'],
      /config nope not found[\s\S]*docker config create nope/,
    ],
    ['a device', 1, ['--device', '/dev/null'], /--device.*can't be used on a Swarm/],
    ['stdin', 1, ['-i'], /--interactive can't be used/],
    ['copies', 1, ['--copy-out', '/a:.'], /--copy-out can't be used/],
    ['a network that is not there', 1, ['--network', 'nope'], /network nope not found/],
  ])('%s', async (_, node, flags, message) => {
    const argv = ['run', '--swarm', ...flags, '-H', swarm.host(node), image, 'true']
    const { status, stderr } = await user.run(argv)
    expect(stderr).toMatch(message)
    expect(status).toBe(125)
  })
})

describe('the registry is', () => {
  const password = 'hunter2'

  it.each<Mode>(['500', 'silent', 'reset'])(
    '%s: a job whose image is on the nodes does not notice',
    async mode => {
      await using registry = await startRegistry()
      await using front = await startTrouble('proxy', registry.address, { host: swarm.address })
      const name = `${front.address}/team/batch:1`
      await tag(swarm.socket(1), image, name)
      await push(swarm.socket(1), name)
      for (const node of [2, 3]) await pull(swarm.socket(node), name)
      front.mode = mode
      const before = front.connections
      user.write('config.json', {
        auths: { [front.address]: { auth: Buffer.from(`ci:${password}`).toString('base64') } },
      })
      const files = ['--audit', user.path('audit'), '--outcome', user.path('outcome')]
      const argv = ['run', '--swarm', '--replicas', '6', ...files, name, ...sh('echo ran')]
      const { status, text } = await user.run(argv)
      expect(status).toBe(0)
      expect(text.match(/ran/g)).toHaveLength(6)
      expect(front.connections).toBe(before)
      const audit = readAudit(user.path('audit'))
      expect(audit.filter(line => line['X-Registry-Auth'] === 'present')).toEqual([])
      expect(audit.map(({ path }) => path).filter(path => /images\/create/.test(path))).toEqual([])
      const outcome: Outcome = JSON.parse(readFileSync(user.path('outcome'), 'utf8'))
      expect(outcome.registry).toEqual({ contacted: false })
      expect(outcome.swarm?.image).toMatch(new RegExp(`^${front.address}/team/batch@sha256:`))
      expect(new Set(outcome.swarm?.tasks.map(({ node }) => node)).size).toBe(3)
    },
  )

  it('dead, and no node has the image: reported within seconds, nothing left', async () => {
    const trouble = await startTrouble('500', '', { host: swarm.address })
    const { address } = trouble
    await trouble.stop()
    const started = performance.now()
    const { status, stderr } = await user.run(['run', '--swarm', `${address}/nope:1`, 'true'])
    expect(status).toBe(125)
    expect(stderr).toMatch(/registry-outage: /)
    expect(performance.now() - started).toBeLessThan(15_000)
  })
})

it('an image that one node alone has runs there, and nowhere else', async () => {
  await importBusybox(swarm.socket(3), 'lonely:1', { pad: 1 })
  const { Id } = await engineJson<{ Id: string }>(swarm.socket(3), 'GET', '/images/lonely:1/json')
  const there = ['--constraint', 'node.hostname==node-3']
  const elsewhere = ['--constraint', 'node.hostname==node-2']
  const ran = await user.run(['run', '--swarm', ...there, Id, ...sh('echo here')])
  expect({ status: ran.status, text: ran.text }).toEqual({ status: 0, text: 'here\n' })
  const { status, stderr } = await user.run(['run', '--swarm', ...elsewhere, Id, 'true'])
  expect(status).toBe(125)
  expect(stderr).toMatch(/image-missing: task 0 on node-2 was rejected by its node/)
})

describe('storms:', () => {
  it('a worker is killed in mid-job: lost, and nothing left', async () => {
    const job = run({
      ...{ engine, image, engineGrace: 3_000, reject: false },
      command: sh('echo began; sleep 300'),
      swarm: { constraints: ['node.hostname==node-3'] },
    })
    for await (const _ of job) break
    await swarm.kill(3, 'SIGKILL')
    try {
      const outcome = await job
      expect(outcome).toMatchObject({ kind: 'lost', stdout: 'began\n', container: { removed: true } })
      expect(outcome.warnings.join('\n')).toMatch(/node-3 is down/)
    } finally {
      await swarm.start(3)
    }
  }, 180_000)

  it('the manager restarts in mid-job: the job goes on, its output whole', async () => {
    const job = run({
      ...{ engine, image, reject: false },
      command: sh('for i in $(seq 1 30); do echo $i; sleep 1; done; exit 7'),
      swarm: { constraints: ['node.hostname==node-3'] },
    })
    const lines: string[] = []
    for await (const { text } of job) {
      lines.push(text)
      if (text === '3') {
        await swarm.kill(1, 'SIGTERM')
        await swarm.start(1)
      }
    }
    expect(await job).toMatchObject({ exitCode: 7, gaps: [] })
    expect(lines).toEqual(Array.from({ length: 30 }, (_, at) => String(at + 1)))
  }, 180_000)

  it('the runner is killed: a run with the key on another manager goes on, from the start of the output', async () => {
    const job = ['run', '--swarm', '--job', 'taken', image, ...sh('echo one; sleep 8; echo two; exit 5')]
    const first = user.start(job)
    await first.printed(/one\n/)
    first.kill('SIGKILL')
    await first.finished
    const { status, text } = await user.run(['run', '-H', swarm.host(2), ...job.slice(1)])
    expect({ status, text }).toEqual({ status: 5, text: 'one\ntwo\n' })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('%s: no service is left', async signal => {
    const command = user.start(['run', '--swarm', image, ...sh('echo began; sleep 300')])
    await command.printed(/began/)
    command.kill(signal)
    const { status, stderr } = await command.finished
    expect(status).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(stderr).toContain(`ended by ${signal}: the service was removed`)
  })

  it('two runs with one key: one service, and both have all of it', async () => {
    const job = ['run', '--swarm', '--job', 'twin', image, ...sh('echo one; sleep 3; echo two; exit 6')]
    for (const { status, text } of await Promise.all([user.run(job), user.run(job)]))
      expect({ status, text }).toEqual({ status: 6, text: 'one\ntwo\n' })
  })

  it('other options with the same key are a conflict', async () => {
    expect((await user.run(['run', '--swarm', '--job', 'k', '-d', image, 'sleep', '60'])).status).toBe(0)
    const { status, stderr } = await user.run(['run', '--swarm', '--job', 'k', image, 'sleep', '61'])
    expect(status).toBe(125)
    expect(stderr).toMatch(/job-conflict: the job k is in the Swarm with other options/)
    expect((await user.run(['rm', '-f', 'k'])).status).toBe(0)
  })
})
