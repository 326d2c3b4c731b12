import { describe, expect, onTestFinished, test } from 'vitest'
import { connect, type Engine } from '../../../src/engine/engine.ts'
import type { Service, Task } from '../../../src/engine/swarm-wire.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import type { Job } from '../../../src/run/job.ts'
import type { RunOptions } from '../../../src/run/options.ts'
import { run } from '../../../src/run/run.ts'
import { digest, FakeSwarm, type FakeSwarmSetup } from '../../support/fake-swarm.ts'
import { noConfig } from '../making.ts'

async function started(setup: FakeSwarmSetup = {}): Promise<FakeSwarm> {
  const swarm = await FakeSwarm.start(setup)
  onTestFinished(() => swarm[Symbol.asyncDispose]())
  return swarm
}

function launch(swarm: FakeSwarm, options: Partial<RunOptions> = {}): Job {
  return run({ engine: swarm.host, image: 'bb:1', config: noConfig, reject: false, swarm: {}, ...options })
}

/** A Swarm whose service gets one task at once, in that state. */
function withTask(
  status: Task['Status'],
  act: (swarm: FakeSwarm, task: Task) => void = () => undefined,
  setup: FakeSwarmSetup = {},
) {
  return started({ onCreate: (swarm, service) => act(swarm, swarm.addTask(service, 0, status)), ...setup })
}

/** The first such event. */
function hears(type: RunEvent['type']) {
  const { promise, resolve } = Promise.withResolvers<RunEvent>()
  return { onEvent: (event: RunEvent) => event.type === type && resolve(event), heard: promise }
}

test('a job that ends well: its output, its task, and nothing left', async () => {
  const swarm = await withTask({ State: 'complete' }, (fake, task) => {
    fake.print(task, 'stdout', 'one\n')
    fake.print(task, 'stderr', 'two\n')
    fake.print(task, 'stdout', 'no end')
  })
  const outcome = await launch(swarm)
  expect(outcome).toMatchObject({
    kind: 'ok',
    exitCode: 0,
    stdout: 'one\nno end',
    stderr: 'two\n',
    gaps: [],
    container: { id: 's0', removed: true },
    swarm: { image: `bb@${digest}`, tasks: [{ number: 0, node: 'node-1', state: 'complete', exitCode: 0 }] },
  })
  expect(swarm.services).toEqual([])
  for (const { headers } of swarm.requests) expect(headers['x-registry-auth']).toBeUndefined()
})

test('the image is pinned by its digest, else by its id', async () => {
  const images: string[] = []
  const note = (_: FakeSwarm, { Spec }: Service) => images.push(Spec.TaskTemplate.ContainerSpec.Image)
  const Id = `sha256:${'1'.repeat(64)}`
  const noDigest = await started({
    image: { Id, RepoTags: ['bb:1'], RepoDigests: [] },
    onCreate: (swarm, service) => {
      note(swarm, service)
      swarm.addTask(service, 0, { State: 'complete' })
    },
  })
  expect(await launch(noDigest)).toMatchObject({ kind: 'ok', swarm: { image: Id } })
  expect(images).toEqual([Id])
})

test('where nothing may be pulled the image is named by its id, which no node pulls', async () => {
  const swarm = await withTask({ State: 'complete' })
  const id = expect.stringMatching(/^sha256:2{64}$/)
  expect(await launch(swarm, { pull: 'never' })).toMatchObject({ kind: 'ok', swarm: { image: id } })
})

test('where nothing may be pulled and the manager lacks the image, a warning says that nodes pull it', async () => {
  const swarm = await started({
    image: null,
    onCreate: (fake, service) => fake.addTask(service, 0, { State: 'complete' }),
  })
  const outcome = await launch(swarm, { image: `bb@${digest}`, pull: 'never' })
  expect(outcome).toMatchObject({ kind: 'ok', swarm: { image: `bb@${digest}` } })
  expect(outcome.warnings).toEqual([expect.stringContaining('and any other pulls it')])
})

test('what a task prints while it runs comes at once, and its end brings what was missed, once', async () => {
  const swarm = await withTask({ State: 'running' })
  const { onEvent, heard } = hears('task')
  const job = launch(swarm, { onEvent })
  const lines = job[Symbol.asyncIterator]()
  const first = lines.next()
  await heard
  const [task] = swarm.tasks
  if (task === undefined) throw new Error('no task')
  swarm.print(task, 'stdout', 'live\n')
  expect((await first).value).toEqual({ stream: 'stdout', text: 'live' })
  await swarm.down()
  swarm.print(task, 'stdout', 'while away\n')
  task.Status = { State: 'failed', Err: 'task: non-zero exit (3)', ContainerStatus: { ExitCode: 3 } }
  await swarm.up()
  expect((await lines.next()).value).toEqual({ stream: 'stdout', text: 'while away' })
  await lines.next()
  expect(await job).toMatchObject({ kind: 'exit', exitCode: 3, stdout: 'live\nwhile away\n', gaps: [] })
  expect(swarm.services).toEqual([])
})

test.each([
  'rpc error: code = Unknown desc = The swarm does not have a leader.',
  'rpc error: code = Canceled desc = grpc: the client connection is closing',
])('a manager that has no quorum for a while is waited for: %s', async message => {
  const swarm = await withTask({ State: 'running' })
  const { onEvent, heard } = hears('warning')
  const job = launch(swarm, {
    onEvent(event) {
      if (event.type === 'task' && event.state === 'running') swarm.refusal = { status: 500, message }
      onEvent(event)
    },
  })
  expect(await heard).toMatchObject({ message: expect.stringContaining(message) })
  swarm.refusal = undefined
  for (const task of swarm.tasks) task.Status = { State: 'complete' }
  expect(await job).toMatchObject({ kind: 'ok' })
})

describe('the managers lose their leader over the creation:', () => {
  const message =
    'rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status'

  test('the service is found when they have one again', async () => {
    const swarm = await withTask({ State: 'complete' })
    swarm.lostLeadership = { message, milliseconds: 600 }
    expect(await launch(swarm)).toMatchObject({ kind: 'ok' })
    expect(swarm.count('POST /services/create')).toBe(1)
    expect(swarm.services).toEqual([])
  })

  test('and have none for too long: a warning says what may come', async () => {
    const swarm = await withTask({ State: 'running' })
    swarm.lostLeadership = { message, milliseconds: 3_000 }
    const outcome = await launch(swarm, { engineGrace: 500, job: 'k' })
    expect(outcome).toMatchObject({ kind: 'create-failed', failure: { engineMessage: message } })
    expect(outcome.warnings.at(-1)).toMatch(/may have been created.*docker service ps holdfast-k/)
  })
})

describe('an end without a status leaves no service:', () => {
  test('a task that is rejected', async () => {
    const swarm = await withTask({
      State: 'rejected',
      Err: 'No such image: bb:1',
      ContainerStatus: { ExitCode: 0 },
    })
    expect(await launch(swarm)).toMatchObject({
      kind: 'image-missing',
      exitCode: null,
      container: { removed: true },
    })
    expect(swarm.services).toEqual([])
  })

  test('no node within pendingTimeout; the reason is reported', async () => {
    const swarm = await withTask({
      State: 'pending',
      Err: 'no suitable node (1 node not available for new tasks)',
    })
    const outcome = await launch(swarm, { swarm: { pendingTimeout: 300 } })
    expect(outcome).toMatchObject({ kind: 'timeout', exitCode: null, container: { removed: true } })
    expect(outcome.failure?.message).toContain('no suitable node')
    expect(outcome.warnings).toEqual([
      'task 0 waits for a node: no suitable node (1 node not available for new tasks)',
    ])
  })

  test('a node that stays away', async () => {
    const swarm = await withTask({ State: 'running' }, ({ nodes: [node] }) => {
      if (node !== undefined) node.Status.State = 'down'
    })
    const outcome = await launch(swarm, { engineGrace: 0 })
    expect(outcome).toMatchObject({
      kind: 'lost',
      container: { removed: true },
      swarm: { tasks: [{ state: 'lost' }] },
    })
    expect(outcome.warnings[0]).toContain('node-1 is down')
  })

  test('a service that someone has removed', async () => {
    const swarm = await withTask({ State: 'running' })
    const job = launch(swarm, {
      onEvent({ type }) {
        if (type === 'task') swarm.services.splice(0)
        if (type === 'task') swarm.tasks = []
      },
    })
    expect(await job).toMatchObject({
      kind: 'lost',
      failure: { message: expect.stringContaining('no longer') },
    })
  })

  test.each(['1.41', '1.51'])('a run that is cancelled, API %s', async apiVersion => {
    const swarm = await withTask({ State: 'running' }, undefined, { apiVersion })
    const controller = new AbortController()
    const job = launch(swarm, {
      signal: controller.signal,
      onEvent: ({ type }) => type === 'task' && controller.abort(),
    })
    expect(await job).toMatchObject({ kind: 'cancelled', container: { removed: true } })
    expect(swarm.services).toEqual([])
    expect(swarm.orphans).toEqual([])
  })

  test.each([
    ['1.41', 1],
    ['1.51', 0],
  ])(
    'a task that fails, API %s: the service is retired first where its tasks would go on',
    async (apiVersion, updates) => {
      const swarm = await withTask({ State: 'failed', ContainerStatus: { ExitCode: 3 } }, undefined, {
        apiVersion,
      })
      expect(await launch(swarm)).toMatchObject({ kind: 'exit', exitCode: 3, container: { removed: true } })
      expect(swarm.services).toEqual([])
      expect(swarm.orphans).toEqual([])
      expect(swarm.count('POST /services/s0/update')).toBe(updates)
    },
  )

  test('a run out of time', async () => {
    const swarm = await withTask({ State: 'running' })
    expect(await launch(swarm, { timeout: 300 })).toMatchObject({ kind: 'timeout' })
    expect(swarm.services).toEqual([])
  })
})

test("several tasks: whole lines, each with its task's number; the tasks that Swarm has ready are none of them", async () => {
  const swarm = await started({
    onCreate(fake, service) {
      const tasks = [0, 1].map(slot => fake.addTask(service, slot, { State: 'complete' }, `node-${slot + 1}`))
      for (const task of tasks) fake.print(task, 'stdout', 'a')
      for (const task of tasks) fake.print(task, 'stdout', 'b\nc\n')
      fake.addTask(service, 1, { State: 'ready' })
    },
  })
  const outcome = await launch(swarm, { swarm: { replicas: 2 } })
  expect(outcome).toMatchObject({
    kind: 'ok',
    gaps: [],
    swarm: { tasks: [{ number: 0 }, { number: 1, node: 'node-2' }] },
  })
  expect(outcome.stdout.split('\n').sort()).toEqual(['', '0 | ab', '1 | ab', 'c', 'c'])
})

describe('a task that Swarm starts twice', () => {
  const twice = (State: Task['Status']['State']) =>
    started({
      onCreate(fake, service) {
        for (const node of ['node-1', 'node-2']) fake.addTask(service, 0, { State }, node)
      },
    })

  test('ends the job, and with it what Swarm would go on starting', async () => {
    const swarm = await twice('running')
    const outcome = await launch(swarm, { remove: 'never' })
    expect(outcome).toMatchObject({ kind: 'lost', exitCode: null })
    expect(outcome.failure?.message).toBe(
      'Swarm has started task 0 twice: task-0 on node-1 and task-1 on node-2; the job was stopped',
    )
    expect(outcome.failure?.hint).toContain('demoted')
    expect(swarm.tasks).toEqual([])
    expect(swarm.services[0]?.Spec.Mode?.ReplicatedJob?.TotalCompletions).toBe(0)
  })

  test('ends a detached job, too, and leaves no service', async () => {
    const swarm = await twice('assigned')
    const outcome = await launch(swarm, { detach: true, job: 'k' })
    expect(outcome).toMatchObject({ kind: 'lost', container: { removed: true } })
    expect(swarm.services).toEqual([])
  })

  test('after it has failed, as on a drained node, is reported', async () => {
    const swarm = await withTask(
      { State: 'failed', Err: 'task: non-zero exit (3)', ContainerStatus: { ExitCode: 3 } },
      (fake, { ServiceID }) => {
        for (const service of fake.services)
          if (service.ID === ServiceID) fake.addTask(service, 0, { State: 'running' }, 'node-2')
      },
    )
    const outcome = await launch(swarm)
    expect(outcome).toMatchObject({ kind: 'exit', exitCode: 3, swarm: { tasks: [{ id: 'task-0' }] } })
    expect(outcome.warnings).toEqual([expect.stringContaining('started it once more (task-1 on node-2)')])
  })
})

test('a service whose tasks were stopped is over', async () => {
  const swarm = await withTask({ State: 'running' })
  const job = launch(swarm, {
    onEvent({ type }) {
      if (type !== 'task') return
      swarm.tasks = []
      for (const { Spec } of swarm.services)
        Spec.Mode = { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 0 } }
    },
  })
  expect(await job).toMatchObject({
    kind: 'lost',
    failure: { message: expect.stringContaining('were stopped') },
  })
})

test('a log that cannot be read is a gap, and the job has its status', async () => {
  const swarm = await withTask({ State: 'complete' })
  swarm.logTrouble = 'configured logging driver does not support reading'
  const outcome = await launch(swarm)
  expect(outcome).toMatchObject({ kind: 'ok' })
  expect(outcome.gaps).toEqual([expect.stringContaining('does not support reading')])
})

test('however many jobs are followed, their tasks are listed together', async () => {
  const swarm = await started({ onCreate: (fake, service) => fake.addTask(service, 0, { State: 'running' }) })
  const engine: Engine = connect({ host: swarm.host, env: {} })
  onTestFinished(() => engine.close())
  let running = 0
  const { promise: allRun, resolve } = Promise.withResolvers<void>()
  const onEvent = ({ type }: RunEvent) => type === 'task' && ++running === 12 && resolve()
  const jobs = Array.from({ length: 12 }, () => launch(swarm, { engine, onEvent }))
  await allRun
  const before = swarm.count('GET /tasks')
  const since = performance.now()
  const followed = hears('task')
  const last = launch(swarm, { engine, onEvent: followed.onEvent })
  await followed.heard
  const elapsed = performance.now() - since
  // Five times a second while they are young, and once for the start of the last.
  expect(swarm.count('GET /tasks') - before).toBeLessThanOrEqual(elapsed / 200 + 3)
  for (const task of swarm.tasks) task.Status = { State: 'complete' }
  for (const outcome of await Promise.all([...jobs, last])) expect(outcome.kind).toBe('ok')
})

describe('with a key', () => {
  test('a second run follows the service of the first, from the start of its output', async () => {
    const swarm = await withTask({ State: 'running' }, (fake, task) => fake.print(task, 'stdout', 'one\n'))
    const first = launch(swarm, { job: 'k', detach: true })
    expect(await first).toMatchObject({ kind: 'ok', job: { claim: 'created' } })
    const { onEvent, heard } = hears('task')
    const second = launch(swarm, { job: 'k', onEvent })
    await heard
    for (const task of swarm.tasks) task.Status = { State: 'complete' }
    expect(await second).toMatchObject({ kind: 'ok', stdout: 'one\n', job: { key: 'k', claim: 'adopted' } })
    expect(swarm.count('POST /services/create')).toBe(1)
    expect(swarm.services).toEqual([])
  })

  test('a finished one gives its outcome, and then the key is free', async () => {
    const swarm = await withTask({ State: 'complete' }, (fake, task) => fake.print(task, 'stdout', 'one\n'))
    expect(await launch(swarm, { job: 'k', remove: 'never' })).toMatchObject({ kind: 'ok' })
    expect(await launch(swarm, { job: 'k' })).toMatchObject({ stdout: 'one\n', job: { claim: 'finished' } })
    expect(swarm.services).toEqual([])
  })

  test('other options are a conflict, and change nothing', async () => {
    const swarm = await withTask({ State: 'running' })
    await launch(swarm, { job: 'k', detach: true })
    expect(await launch(swarm, { job: 'k', command: ['other'] })).toMatchObject({ kind: 'job-conflict' })
    expect(await launch(swarm, { job: 'k', swarm: { replicas: 2 } })).toMatchObject({ kind: 'job-conflict' })
    expect(swarm.services).toHaveLength(1)
  })

  test("another's service of that name is a conflict", async () => {
    const swarm = await started()
    swarm.services.push({
      ID: 'x',
      Version: { Index: 1 },
      CreatedAt: '',
      UpdatedAt: '',
      Spec: { Name: 'holdfast-k', TaskTemplate: { ContainerSpec: { Image: 'other' } } },
    })
    expect(await launch(swarm, { job: 'k' })).toMatchObject({
      kind: 'job-conflict',
      failure: { hint: expect.stringContaining('docker service rm holdfast-k') },
    })
  })
})

describe('refused with the words of the Engine:', () => {
  test('an Engine that is no manager, before anything is pulled', async () => {
    const swarm = await started({ image: null })
    swarm.refusal = { status: 503, message: 'This node is not a swarm manager. Use "docker swarm init".' }
    const outcome = await launch(swarm)
    expect(outcome).toMatchObject({
      kind: 'create-failed',
      failure: { engineMessage: swarm.refusal.message, hint: expect.stringContaining('the option engine') },
    })
    expect(swarm.requests.map(({ path }) => path)).toEqual(['/services'])
  })

  test('a secret that is not there', async () => {
    const swarm = await started()
    const outcome = await launch(swarm, { swarm: { secrets: ['db'] } })
    expect(outcome).toMatchObject({
      kind: 'usage',
      failure: {
        engineMessage: 'secret db not found',
        hint: expect.stringContaining('docker secret create db'),
      },
    })
    expect(swarm.count('POST /services/create')).toBe(0)
  })
})
