import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'
import { startPodman } from './support/podman.ts'
import { containers, engineJson } from './support/request.ts'

/* Secrets as files, and a directory for temporary files, on a real Engine. */

const token = 'correct-horse-battery-staple'
const other = 'another-secret-altogether'

let engine: TestEngine
let user: User

beforeAll(async () => {
  engine = await startEngine()
  await importBusybox(engine.socket, 'busybox:live')
  await importBusybox(engine.socket, 'bare:live', { changes: ['USER 1234'] })
})

afterAll(() => engine?.stop())

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
  expect(await volumes()).toEqual([])
  expect((await containers(engine.socket)).map(({ Names }) => Names)).toEqual([])
})

async function volumes(): Promise<string[]> {
  const { Volumes } = await engineJson<{ Volumes: { Name: string }[] | null }>(
    engine.socket,
    'GET',
    '/volumes',
  )
  return (Volumes ?? []).map(({ Name }) => Name)
}

const secrets = (file: string) => ['--secret', `name=token,src=${file}`, '--secret', 'name=other,env=OTHER']
const env = { OTHER: other }

describe('secrets', () => {
  it('are files in memory, which any user may read and only root may write', async () => {
    const file = user.write('token', `${token}\n`)
    const script = [
      'cat /run/secrets/token /run/secrets/other; echo',
      'grep -o "/run/secrets tmpfs [a-z,]*" /proc/mounts',
      'ls -ln /run/secrets | tail -n +2 | cut -c1-10',
      "su -s /bin/sh nobody -c 'echo x >/run/secrets/new' 2>/dev/null || echo protected",
      'env | grep -c horse',
    ].join('; ')
    const { text, stderr } = await user.run(['run', ...secrets(file), 'busybox:live', 'sh', '-c', script], {
      env,
    })
    expect(stderr).toBe('')
    expect(text).toMatch(
      new RegExp(`^${token}\n${other}\n/run/secrets tmpfs rw,.*\n-r--r--r--\n-r--r--r--\nprotected\n0\n$`),
    )
    const asUser = await user.run(['run', ...secrets(file), 'bare:live', 'cat', '/run/secrets/token'], {
      env,
    })
    expect(asUser.text).toBe(`${token}\n`)
  })

  it('stand in no inspection, on no disk, in no audit, event, outcome or recording', async () => {
    const file = user.write('token', token)
    const [audit, events, outcome, record] = ['audit', 'events', 'outcome', 'record'].map(name =>
      user.path(name),
    )
    const argv = [
      'run',
      '-i',
      ...secrets(file),
      ...[
        '--events',
        `${events}`,
        '--audit',
        `${audit}`,
        '--outcome',
        `${outcome}`,
        '--record-failure',
        `${record}`,
      ],
      ...['busybox:live', 'sh', '-c', 'test -s /run/secrets/token && echo up; cat; exit 3'],
    ]
    const command = user.start(argv, { env, stdin: 'open' })
    await command.printed(/up/)
    const [found] = await containers(engine.socket)
    const inspected = JSON.stringify(await engineJson(engine.socket, 'GET', `/containers/${found?.Id}/json`))
    expect(inspected).toContain('/run/secrets')
    // The Engine's tmpfs are mounted in its own namespace: what is found from here is on the disk.
    const grep = ['-rlsF', '-e', token, '-e', other, engine.directory]
    const onDisk = spawnSync('grep', grep, { encoding: 'utf8' }).stdout
    command.stdin.end()
    const { status, stderr } = await command.finished
    expect(status).toBe(3)
    const written = [audit, outcome, record, events].map(name => readFileSync(`${name}`, 'utf8'))
    expect(written[2]).toContain('run%2Fsecrets')
    for (const text of [inspected, stderr, ...written]) {
      expect(text).not.toContain(token)
      expect(text).not.toContain(other)
    }
    expect(onDisk).toBe('')
  })

  it('go with a job that a later run follows', async () => {
    const file = user.write('token', token)
    const keyed = ['--job', 'keyed', ...secrets(file), 'busybox:live', 'cat', '/run/secrets/token']
    expect((await user.run(['run', '-d', ...keyed], { env })).status).toBe(0)
    const { text, status } = await user.run(['run', ...keyed], { env })
    expect([text, status]).toEqual([token, 0])
  })

  it.each([
    ['a file that is not there', ['name=a,src=/none/such'], /the secret a can't be read \(ENOENT\)/],
    ['a variable that is not set', ['name=a,env=NOT_SET_HERE'], /the variable NOT_SET_HERE is not set/],
  ])('%s is refused before anything is created', async (_, [secret = ''], message) => {
    const { status, stderr } = await user.run(['run', '--secret', secret, 'busybox:live', 'true'])
    expect([status, stderr]).toEqual([125, expect.stringMatching(message)])
  })

  it('a command that is not there is 127, as without them', async () => {
    const file = user.write('token', token)
    const { status, stderr } = await user.run(['run', ...secrets(file), 'busybox:live', 'nosuch'], { env })
    expect(stderr).toMatch(/^holdfast: start-failed: /)
    expect(status).toBe(127)
  })

  it('twenty runs at a time', async () => {
    const file = user.write('token', token)
    const argv = ['run', ...secrets(file), 'busybox:live', 'cat', '/run/secrets/token']
    const runs = await Promise.all(Array.from({ length: 20 }, () => user.run(argv, { env })))
    expect(new Set(runs.map(({ text, status }) => `${status} ${text}`))).toEqual(new Set([`0 ${token}`]))
  })
})

it('Podman would keep them on its disk, and gets none', async () => {
  await using podman = await startPodman([])
  await importBusybox(podman.socket, 'localhost/busybox:latest')
  const argv = ['run', '--secret', 'name=other,env=OTHER', 'localhost/busybox:latest', 'true']
  const { status, stderr } = await user.run(argv, { env: { ...env, DOCKER_HOST: podman.host } })
  expect([status, stderr]).toEqual([125, expect.stringContaining('the Engine would keep them on its disk')])
  expect(spawnSync('grep', ['-rlsF', other, podman.directory], { encoding: 'utf8' }).stdout).toBe('')
})

describe('--tmp-dir', () => {
  const script =
    'id -u >/work/by && chmod 600 /work/by && ls -ld /work | cut -c1-10; df /work | tail -n 1 | wc -l'

  it('is a directory of this machine, which any user may write, and is gone after the run', async () => {
    // An Engine in a root of its own shares no folder with this machine but those of /dev.
    const folder = `/dev/shm/${basename(user.home)}`
    execFileSync('mkdir', [folder])
    try {
      const command = user.start(
        [
          'run',
          '-i',
          '--user',
          '1234',
          '--tmp-dir',
          `${folder}:/work`,
          'busybox:live',
          'sh',
          '-c',
          `${script}; echo up; cat`,
        ],
        { stdin: 'open' },
      )
      await command.printed(/up/)
      const [made] = globSync(`${folder}/holdfast-*/tmp/by`)
      expect(readFileSync(`${made}`, 'utf8')).toBe('1234\n')
      command.stdin.end()
      expect(await command.finished).toMatchObject({ status: 0, stderr: '', text: 'drwxrwxrwt\n1\nup\n' })
      expect(globSync(`${folder}/*`)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is a volume where the Engine does not see the directory', async () => {
    // This machine's /tmp is another one for an Engine in a mount namespace with a tmpfs there.
    const hidden = `/proc/${process.pid}/root${user.home}`
    const { status, text, stderr } = await user.run([
      'run',
      ...['--tmp-dir', `${hidden}:/work`],
      ...['busybox:live', 'sh', '-c', 'touch /work/x && echo written'],
    ])
    expect(stderr).toMatch(
      /^(holdfast: warning: the Engine does not see .* of this machine: the container gets a volume in its place\n)?$/,
    )
    expect([status, text]).toEqual([0, 'written\n'])
  })
})
