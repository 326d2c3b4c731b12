import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/run/run.ts'
import { holdfast, leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'

const image = 'busybox:live'
const mebibyte = 2 ** 20

let engine: TestEngine
let user: User
/** Certificates. An Engine in a root of its own shares no folder with this machine but those of /dev. */
let folder: string
let port: number

beforeAll(async () => {
  folder = mkdtempSync('/dev/shm/holdfast-tls-')
  certify('ca', 'CA:TRUE')
  certify('server', 'CA:FALSE', 'subjectAltName=IP:127.0.0.1')
  certify('client', 'CA:FALSE')
  certify('stranger', 'CA:TRUE')
  port = await freePort()
  const tls = [
    '--tlsverify',
    '--tlscacert',
    file('ca.pem'),
    '--tlscert',
    file('server.pem'),
    '--tlskey',
    file('server-key.pem'),
  ]
  engine = await startEngine({ flags: ['-H', `tcp://127.0.0.1:${port}`, ...tls] })
  await importBusybox(engine.socket, image)
})

afterAll(async () => {
  await engine?.stop()
  rmSync(folder, { recursive: true })
})

beforeEach(() => {
  user = new User()
})

afterEach(async () => {
  // An ssh is signalled to end, not waited for.
  await expect.poll(() => user.processes(), { interval: 20, timeout: 10_000 }).toEqual([])
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

function file(name: string): string {
  return join(folder, name)
}

/** NAME.pem and NAME-key.pem, signed by the CA unless it is one. */
function certify(name: string, constraints: string, ...extensions: string[]): void {
  const signer = constraints === 'CA:TRUE' ? [] : ['-CA', file('ca.pem'), '-CAkey', file('ca-key.pem')]
  const wanted = [`basicConstraints=${constraints}`, ...extensions].flatMap(extension => [
    '-addext',
    extension,
  ])
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    file(`${name}-key.pem`),
  ]
  const args = [
    'req',
    '-x509',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    ...key,
    '-out',
    file(`${name}.pem`),
    ...signer,
    ...wanted,
  ]
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A road to the Engine: what leads the command along it. */
interface Road {
  flags: string[]
  env: Record<string, string>
}

const roads: [name: string, make: () => Road][] = [
  ['ssh', () => viaSsh()],
  ['TLS, by the environment', () => tlsByEnvironment()],
  ['TLS, by a docker context', () => tlsByContext('client')],
]

/** An `ssh` that runs the command line it is given here, and notes how it was called. */
function viaSsh(): Road {
  user.install(
    'ssh',
    `#!/bin/sh
printf '%s\\n' "$*" >>"$HOME/ssh-calls"
while [ "$1" != -- ]; do shift; done
shift 2
DOCKER_HOST=${engine.host} exec sh -c "$*"
`,
  )
  return { flags: ['--host', 'ssh://alice@machine.example:2222'], env: {} }
}

function certificates(directory: string, name: string): void {
  mkdirSync(directory, { recursive: true })
  const copies = { 'ca.pem': 'ca.pem', 'cert.pem': `${name}.pem`, 'key.pem': `${name}-key.pem` }
  for (const [to, from] of Object.entries(copies))
    writeFileSync(join(directory, to), readFileSync(file(from)))
}

function tlsByEnvironment(name = 'client'): Road {
  certificates(user.path('certificates'), name)
  const env = {
    DOCKER_HOST: `tcp://127.0.0.1:${port}`,
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: user.path('certificates'),
  }
  return { flags: [], env }
}

function tlsByContext(name: string): Road {
  const id = createHash('sha256').update('far').digest('hex')
  mkdirSync(user.path(`contexts/meta/${id}`), { recursive: true })
  user.write(`contexts/meta/${id}/meta.json`, {
    Name: 'far',
    Metadata: {},
    Endpoints: { docker: { Host: `tcp://127.0.0.1:${port}`, SkipTLSVerify: false } },
  })
  certificates(user.path(`contexts/tls/${id}/docker`), name)
  user.write('config.json', { currentContext: 'far' })
  return { flags: [], env: {} }
}

describe.each(roads)('by way of %s', (_, make) => {
  it('a job runs as it does here', async () => {
    const { flags, env } = make()
    const ended = await user.run(['run', ...flags, image, 'sh', '-c', 'echo out; echo problem >&2; exit 3'], {
      env,
    })
    expect(ended).toMatchObject({ status: 3, text: 'out\n', stderr: 'problem\n' })
  })

  it('input and its end arrive, and all that is printed', async () => {
    const { flags, env } = make()
    const sent = 'x'.repeat(4 * mebibyte)
    const ended = await user.run(['run', '-i', ...flags, image, 'sh', '-c', 'cat; echo end'], {
      env,
      stdin: sent,
    })
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect(ended.text.length).toBe(sent.length + 'end\n'.length)
    expect(ended.text.endsWith('xend\n')).toBe(true)
  })

  it('a job that fails leaves its conversation, which is played again', async () => {
    const { flags, env } = make()
    const command = [image, 'sh', '-c', 'cat; exit 3']
    const kept = user.path('failure.ndjson')
    const options = { env, stdin: 'half an input\n' }
    const failed = await user.run(['run', '-i', '--record-failure', kept, ...flags, ...command], options)
    expect(failed).toMatchObject({ status: 3, text: options.stdin })
    const again = await user.run(['replay', kept, '--', holdfast, 'run', '-i', ...command], options)
    expect(again).toMatchObject({ status: 3, text: options.stdin, stderr: '' })
  })

  it('a command is recorded, and played again', async () => {
    const { flags, env } = make()
    const command = [holdfast, 'run', image, 'echo', 'hi']
    const kept = user.path('job.ndjson')
    const recorded = await user.run(['record', '--out', kept, ...flags, '--', ...command], { env })
    expect(recorded).toMatchObject({ status: 0, text: 'hi\n' })
    const again = await user.run(['replay', kept, '--', ...command])
    expect(again).toMatchObject({ status: 0, text: 'hi\n', stderr: '' })
  })

  it('Ctrl-C, which reaches all that the terminal started, goes to the container', async () => {
    const { flags, env } = make()
    const job = "trap 'echo asked; exit 42' INT; echo up; while :; do sleep 0.1; done"
    // As a shell starts it: at the head of a process group, to which the terminal's signal goes.
    const command = user.startProgram('setsid', [holdfast, 'run', ...flags, image, 'sh', '-c', job], { env })
    await command.printed(/up\n/)
    process.kill(-command.pid, 'SIGINT')
    expect(await command.finished).toMatchObject({ status: 42, text: 'up\nasked\n', stderr: '' })
  })
})

it('ssh is called as docker calls it', async () => {
  const { flags } = viaSsh()
  expect(await user.run(['run', ...flags, image, 'true'])).toMatchObject({ status: 0, stderr: '' })
  const calls = readFileSync(user.path('ssh-calls'), 'utf8').trim().split('\n')
  const expected = '-o ConnectTimeout=30 -T -l alice -p 2222 -- machine.example docker system dial-stdio'
  expect(new Set(calls)).toEqual(new Set([expected]))
})

it('the failure of ssh has its own words', async () => {
  user.install(
    'ssh',
    '#!/bin/sh\necho "alice@machine.example: Permission denied (publickey)." >&2\nexit 255\n',
  )
  const ended = await user.run(['run', '-H', 'ssh://alice@machine.example', image, 'true'])
  expect(ended).toMatchObject({ status: 125, text: '' })
  expect(ended.stderr).toMatch(
    /^holdfast: engine-unreachable: .*Permission denied \(publickey\).*\nholdfast: .*\n$/,
  )
})

it('the library takes ssh, too', async () => {
  viaSsh()
  const { PATH, HOME } = process.env
  Object.assign(process.env, { PATH: user.env.PATH, HOME: user.home })
  try {
    const options = {
      engine: 'ssh://alice@machine.example',
      image,
      command: ['cat'],
      stdin: 'there and back',
    }
    expect(await run(options)).toMatchObject({ kind: 'ok', stdout: 'there and back' })
  } finally {
    Object.assign(process.env, { PATH, HOME })
  }
  expect(existsSync(user.path('ssh-calls'))).toBe(true)
})

describe('TLS', () => {
  it.each([
    ['by the environment', () => tlsByEnvironment('stranger')],
    ['by a docker context', () => tlsByContext('stranger')],
  ])('with a certificate that the Engine does not know is refused (%s)', async (_, make) => {
    const { env } = make()
    const ended = await user.run(['run', image, 'true'], { env })
    expect(ended).toMatchObject({ status: 125, text: '' })
    expect(ended.stderr).toMatch(/^holdfast: engine-unreachable: .*\nholdfast: .*certificate.*\n$/m)
  })

  it('with a certificate that the Engine does not know is refused before anything is recorded', async () => {
    const { env } = tlsByEnvironment('stranger')
    const kept = user.path('failure.ndjson')
    for (const argv of [
      ['run', '--record-failure', kept, image, 'true'],
      ['record', '--out', kept, '--', 'touch', user.path('ran')],
    ]) {
      const ended = await user.run(argv, { env })
      expect(ended).toMatchObject({ status: 125, text: '' })
      expect(ended.stderr).toMatch(/^holdfast: engine-unreachable: .*\nholdfast: .*certificate.*\n$/m)
      expect(ended.stderr).toContain(`tcp://127.0.0.1:${port}`)
    }
    expect(existsSync(kept) || existsSync(user.path('ran'))).toBe(false)
  })

  it('to an Engine whose certificate is not to be trusted is not spoken', async () => {
    const { env } = tlsByEnvironment()
    writeFileSync(user.path('certificates/ca.pem'), readFileSync(file('stranger.pem')))
    const ended = await user.run(['run', image, 'true'], { env })
    expect(ended).toMatchObject({ status: 125, text: '' })
    expect(ended.stderr).toMatch(/^holdfast: engine-unreachable: .*certificate.*\nholdfast: .*\n$/)
  })

  it('is not expected where nothing says so, and the error says that', async () => {
    const ended = await user.run(['run', '-H', `tcp://127.0.0.1:${port}`, image, 'true'])
    expect(ended).toMatchObject({ status: 125, text: '' })
    expect(ended.stderr).toMatch(/^holdfast: engine-unreachable: .*\nholdfast: .*TLS.*\n$/)
  })
})
