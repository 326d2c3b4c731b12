import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect, type Engine, run } from '../../src/index.ts'
import { User } from './support/command.ts'
import { importBusybox } from './support/images.ts'
import { engineJson, engineRequest } from './support/request.ts'
import { copyImage, TestSwarm, until } from './support/swarm.ts'

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

afterEach(async () => {
  const services = await swarm.services()
  for (const { ID } of services) await engineRequest(swarm.socket(1), 'DELETE', `/services/${ID}`)
  expect([...user.leave(), ...services.map(({ Spec }) => Spec.Name)]).toEqual([])
})

const sh = (script: string) => ['sh', '-c', script]

/** The other manager is stopped until the leader has noticed that it leads no more. */
async function takeLeadershipAway(leader: number): Promise<void> {
  const other = 3 - leader
  swarm.signal(other, 'SIGSTOP')
  await until(async () => (await swarm.leader(leader)) === undefined)
  swarm.signal(other, 'SIGCONT')
}

async function anyLeader(): Promise<number> {
  let leader: number | undefined
  await until(async () => {
    leader = await swarm.leader()
    return leader !== undefined
  })
  return leader as number
}

describe('drained nodes:', () => {
  const drained = async (nodes: number[], work: () => Promise<void>) => {
    for (const node of nodes) await swarm.updateNode(1, node, { Availability: 'drain' })
    try {
      await work()
    } finally {
      for (const node of nodes) await swarm.updateNode(1, node, { Availability: 'active' })
    }
  }

  it('none is left: reported at once, and ended by the limit', () =>
    drained([1, 2, 3], async () => {
      const { status, stderr } = await user.run(['run', '--swarm', '--pending-timeout', '2s', image, 'true'])
      expect(stderr).toMatch(/waits for a node: no suitable node \(3 nodes not available for new tasks\)/)
      expect(stderr).toMatch(/timeout: no node took the job within 2 s: no suitable node/)
      expect(status).toBe(124)
    }))

  it('a job that runs there goes on to its end', async () => {
    const job = run({
      ...{ engine, image, reject: false },
      command: sh('echo began; sleep 5; echo ended'),
      swarm: { constraints: ['node.hostname==node-3'] },
    })
    for await (const _ of job) break
    await drained([3], async () => {
      expect(await job).toMatchObject({ kind: 'ok', stdout: 'began\nended\n', warnings: [] })
    })
  })
})

describe('no quorum:', () => {
  const others = async () => {
    const leader = await anyLeader()
    return { leader, other: 3 - leader }
  }

  it('refused at the start', async () => {
    const { leader, other } = await others()
    swarm.signal(other, 'SIGSTOP')
    try {
      await until(async () => (await swarm.leader(leader)) === undefined)
      const argv = ['run', '--swarm', '-H', swarm.host(leader), image, 'true']
      const { status, stderr } = await user.run(argv)
      expect(stderr).toMatch(
        /create-failed: the Engine can run no job on a Swarm: .*(deadline exceeded|does not have a leader)[\s\S]*Too few managers/,
      )
      expect(status).toBe(125)
    } finally {
      swarm.signal(other, 'SIGCONT')
      await anyLeader()
    }
  })

  it('lost while the service is created: one service, which is found when there is a leader again', async () => {
    const { leader, other } = await others()
    swarm.signal(other, 'SIGSTOP')
    const user = new User(swarm.host(leader))
    const command = user.start(['run', '--swarm', image, ...sh('echo once')])
    await command.printed(/asking it again/, 'stderr')
    swarm.signal(other, 'SIGCONT')
    const { status, text } = await command.finished
    // The leader that has come back may start it twice: then it is stopped.
    expect([
      { status: 0, text: 'once\n' },
      { status: 125, text: '' },
    ]).toContainEqual({ status, text })
    expect(user.leave()).toEqual([])
  })
})

describe('a leader that has lost its leadership and got it back', () => {
  beforeAll(async () => {
    const led: number[] = []
    for (let leader = await anyLeader(); !led.includes(leader); leader = await anyLeader()) {
      led.push(leader)
      await takeLeadershipAway(leader)
    }
  }, 300_000)

  it.each([
    ['a job', []],
    ['a detached job', ['--detach', '--job', 'twice']],
    ['an array', ['--replicas', '6', '--max-concurrent', '2']],
  ])('starts tasks twice: %s is stopped', async (_, flags) => {
    const { status, text, stderr } = await user.run(['run', '--swarm', ...flags, image, ...sh('sleep 60')])
    expect(stderr).toMatch(/lost: Swarm has started task \d twice: [\s\S]*is demoted and promoted again/)
    expect({ status, text }).toEqual({ status: 125, text: '' })
  })

  it('starts them once when it has been demoted and promoted again', async () => {
    const leader = await anyLeader()
    await swarm.updateNode(3 - leader, leader, { Role: 'worker' })
    await until(async () => (await swarm.leader(3 - leader)) === 3 - leader)
    await until(
      async () =>
        !(await engineJson<{ Swarm: { ControlAvailable: boolean } }>(swarm.socket(leader), 'GET', '/info'))
          .Swarm.ControlAvailable,
    )
    await swarm.updateNode(3 - leader, leader, { Role: 'manager' })
    await until(async () => (await swarm.leader(leader)) !== undefined)
    const { status, text } = await user.run(['run', '--swarm', image, ...sh('echo once; sleep 2')])
    expect({ status, text }).toEqual({ status: 0, text: 'once\n' })
  })
})

it('an Engine that has left the Swarm: refused', async () => {
  await engineRequest(swarm.socket(3), 'POST', '/swarm/leave?force=1')
  const { status, stderr } = await user.run(['run', '--swarm', '-H', swarm.host(3), image, 'true'])
  expect(stderr).toMatch(
    /create-failed: .*This node is not a swarm manager[\s\S]*--host[\s\S]*docker swarm init/,
  )
  expect(status).toBe(125)
})
