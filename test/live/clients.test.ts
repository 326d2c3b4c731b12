import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { spellings } from '../support/secrets.ts'
import { type Finished, User } from './support/command.ts'
import { startEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry } from './support/registry.ts'

const login = { username: 'alice', password: 'open>>>sesame???' }
const image = 'busybox:live'
const bench = join(import.meta.dirname, '../../bench/node_modules')

/** What is printed by these programs is what they got of the Engine. */
const dockerode = `
const Docker = require('dockerode')
const docker = new Docker({ socketPath: process.env.DOCKER_HOST.replace('unix://', '') })
const [, , remote, username, password] = process.argv
async function main() {
  const pulled = await docker.pull(remote, { authconfig: { username, password } })
  await new Promise((resolve, reject) =>
    docker.modem.followProgress(pulled, error => (error ? reject(error) : resolve()), line => console.log(line.status)))
  const container = await docker.createContainer({
    Image: 'busybox:live', Cmd: ['sh', '-c', 'cat; echo error >&2; exit 4'], OpenStdin: true, StdinOnce: true, AttachStdin: true,
    HostConfig: { NetworkMode: 'none' },
  })
  const attached = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true })
  container.modem.demuxStream(attached, process.stdout, process.stderr)
  const ended = new Promise(resolve => attached.on('end', resolve))
  await container.start()
  attached.write('from stdin\\n')
  attached.end()
  const { StatusCode } = await container.wait()
  await ended
  const logs = await container.logs({ stdout: true, stderr: true, timestamps: true })
  console.log(StatusCode, logs.toString('hex'))
  await container.remove({ v: true })
}
main().catch(error => { console.error(error); process.exitCode = 1 })
`

const dockerPy = `
import docker, sys
_, remote, username, password = sys.argv
client = docker.from_env(timeout=30)
for line in client.api.pull(remote, auth_config={'username': username, 'password': password}, stream=True, decode=True):
    print(line['status'])
container = client.containers.create('busybox:live', ['sh', '-c', 'echo out; echo error >&2; exit 4'], network_mode='none')
stream = container.attach(stream=True, demux=True)
container.start()
for out, err in stream:
    print(out, err)
print(container.wait()['StatusCode'])
print(container.logs(timestamps=True))
container.remove(v=True)
`

/** What is done with a client. */
interface Deed {
  name: string
  /** @param remote an image in a private registry, which is not local. */
  argv(remote: string): string[]
  stdin?: string
  /** What keeps it from being done on this machine. */
  lacks?: string | false
}

const run = ['docker', 'run', '--rm', '--network', 'none']
const pythonDocker = spawnSync('python3', ['-c', 'import docker']).status === 0

const deeds: Deed[] = [
  {
    name: 'docker run',
    argv: () => [...run, image, 'sh', '-c', 'echo out; sleep 0.2; echo error >&2; printf last; exit 3'],
  },
  { name: 'docker run with stdin', argv: () => [...run, '-i', image, 'cat'], stdin: 'from stdin\n' },
  { name: 'docker run with much output', argv: () => [...run, image, 'seq', '20000'] },
  { name: 'docker run of nothing', argv: () => [...run, image, 'no-such-program'] },
  { name: 'docker logs', argv: () => ['docker', 'logs', '--timestamps', 'talker'] },
  { name: 'docker logs, followed', argv: () => ['docker', 'logs', '--follow', '--tail', '2', 'talker'] },
  { name: 'docker pull', argv: remote => ['docker', 'pull', remote] },
  { name: 'docker pull of nothing', argv: remote => ['docker', 'pull', `${remote}-none`] },
  {
    name: 'dockerode',
    argv: remote => ['node', user.write('dockerode.cjs', dockerode), remote, login.username, login.password],
    lacks: !existsSync(join(bench, 'dockerode')) && 'dockerode: npm ci --prefix bench',
  },
  {
    name: 'docker-py',
    argv: remote => ['python3', user.write('docker-py.py', dockerPy), remote, login.username, login.password],
    lacks: !pythonDocker && "Python's docker: apt-get install python3-docker",
  },
]
const possible = deeds.filter(({ lacks }) => !lacks)

/** What makes sure that there was something to record. */
const expected: Record<string, object> = {
  'docker run': { status: 3, text: 'out\nlast' },
  'docker run with stdin': { status: 0, text: 'from stdin\n' },
  'docker run with much output': { status: 0, text: expect.stringMatching(/\n19999\n20000\n$/) },
  'docker run of nothing': { status: 127, stderr: expect.stringContaining('no-such-program') },
  'docker logs': { status: 0, text: expect.stringMatching(/Z one\n.*Z three\n.*Z four$/s) },
  'docker logs, followed': { status: 0, text: expect.stringMatching(/four$/) },
  'docker pull': { status: 0, text: expect.stringContaining('Downloaded newer image') },
  'docker pull of nothing': { status: 1, stderr: expect.stringContaining('not found') },
  dockerode: {
    status: 0,
    text: expect.stringMatching(/Downloaded newer image.*from stdin\n.*4 /s),
    stderr: expect.stringContaining('error\n'),
  },
  'docker-py': { status: 0, text: expect.stringMatching(/Downloaded newer image.*b'out\\n'.*\n4\n/s) },
}

let user: User
let remote: string
const recorded = new Map<string, Finished>()

const file = ({ name }: Deed) => user.path(`${name.replaceAll(/\W+/g, '-')}.ndjson`)

async function holdfast(
  args: string[],
  { stdin }: Deed,
  env: Record<string, string> = {},
): Promise<Finished> {
  const { PYENV_ROOT, HOME } = process.env
  const surroundings = { NODE_PATH: bench, PYENV_ROOT: PYENV_ROOT ?? `${HOME}/.pyenv`, ...env }
  return user.run(args, { env: surroundings, ...(stdin !== undefined && { stdin }) })
}

// All is recorded first: when it is played, there is no Engine any more, and no registry.
beforeAll(async () => {
  await using engine = await startEngine()
  await using registry = await startRegistry({ users: { [login.username]: login.password } })
  user = new User(engine.host)
  remote = `${registry.address}/app:1`
  await importBusybox(engine.socket, image, { pad: 1 })
  await tag(engine.socket, image, remote)
  await push(engine.socket, remote, login)
  await remove(engine.socket, remote)
  const auth = btoa(`${login.username}:${login.password}`)
  user.write('config.json', { auths: { [registry.address]: { auth } } })
  const talk = 'echo one; echo two >&2; echo three; sleep 1; printf four'
  const talker = ['run', '--detach', '--name', 'talker', '--network', 'none', image, 'sh', '-c', talk]
  expect((await user.startProgram('docker', talker).finished).status).toBe(0)
  for (const deed of possible) {
    recorded.set(
      deed.name,
      await holdfast(['record', '--out', file(deed), '--any-status', '--', ...deed.argv(remote)], deed),
    )
    await remove(engine.socket, remote).catch(() => undefined)
  }
})

afterAll(() => {
  expect(user?.leave()).toEqual([])
})

describe.each(deeds)('$name', deed => {
  test.skipIf(deed.lacks)(
    `is the same from a recording${deed.lacks ? ` (this machine lacks ${deed.lacks})` : ''}`,
    async () => {
      const original = recorded.get(deed.name)
      const stderr = original?.stderr.replace(/^holdfast: \d+ requests recorded in .*\n/m, '')
      expect(original).toMatchObject(expected[deed.name] ?? { status: 0 })
      for (const cut of ['whole', '1', 'random:1']) {
        const args = ['replay', file(deed), '--cut', cut, '--', ...deed.argv(remote)]
        const played = await holdfast(args, deed, { DOCKER_HOST: `unix://${user.path('none.sock')}` })
        expect({ ...played, cut }).toEqual({ ...original, stderr, cut })
      }
    },
  )

  test.skipIf(deed.lacks)('has left no password in its recording', () => {
    const text = readFileSync(file(deed), 'utf8')
    for (const spelling of Object.values(spellings(login.username, login.password)))
      expect(text).not.toContain(spelling)
  })
})
