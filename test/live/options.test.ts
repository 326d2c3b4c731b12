import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'
import { containers, engineJson } from './support/request.ts'

let engine: TestEngine
let user: User

beforeAll(async () => {
  engine = await startEngine()
  await importBusybox(engine.socket, 'busybox:live')
  await importBusybox(engine.socket, 'entry:live', {
    changes: [
      'ENTRYPOINT ["echo", "from the entrypoint:"]',
      'CMD ["by default"]',
      'ENV WHERE=image',
      'WORKDIR /tmp',
    ],
  })
})

afterAll(async () => {
  await engine?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

/** What a run prints when it goes well. */
async function output(flags: string[], command: string[], image = 'busybox:live'): Promise<string> {
  const ended = await user.run(['run', ...flags, image, ...command])
  expect(ended).toMatchObject({ status: 0, stderr: '' })
  return ended.text
}

function shell(flags: string[], script: string): Promise<string> {
  return output(flags, ['sh', '-c', script])
}

/** What the Engine says of a container while it runs, and what that prints. */
async function whileRunning(flags: string[], script = ':') {
  const command = user.start(['run', '-i', ...flags, 'busybox:live', 'sh', '-c', `${script}; echo up; cat`], {
    stdin: 'open',
  })
  await command.printed(/up\n/)
  const [container] = await containers(engine.socket)
  const seen = await engineJson<Inspected>(engine.socket, 'GET', `/containers/${container?.Id}/json`)
  command.stdin.end()
  expect(await command.finished).toMatchObject({ status: 0, stderr: '' })
  return seen
}

interface Inspected {
  Name: string
  Config: { Labels: Record<string, string>; Env: string[]; User: string }
  HostConfig: {
    Memory: number
    NanoCpus: number
    NetworkMode: string
    Init?: boolean
    AutoRemove: boolean
    RestartPolicy: { Name: string }
  }
}

describe('the environment', () => {
  it('is what the flags say, and no more', async () => {
    const env = { HERE: 'taken from here', SECRET: 'stays here' }
    const args = [
      'run',
      '-e',
      'A=1',
      '--env=B=two words',
      '-e',
      'EMPTY=',
      '-e',
      'HERE',
      '-e',
      'NOWHERE',
      'busybox:live',
      'env',
    ]
    const { text, status } = await user.run(args, { env })
    expect(status).toBe(0)
    const lines = text.trim().split('\n')
    expect(lines).toEqual(expect.arrayContaining(['A=1', 'B=two words', 'EMPTY=', 'HERE=taken from here']))
    expect(text).not.toMatch(/NOWHERE|SECRET|stays here|HOLDFAST/)
  })

  it('is also read from a file, to which -e comes second', async () => {
    const file = user.write('variables', '# a comment\nA=from the file\n\nB="as it is"\nC=ключ\n')
    const text = await output(['--env-file', file, '-e', 'A=from the flag'], ['env'])
    expect(text.split('\n')).toEqual(expect.arrayContaining(['A=from the flag', 'B="as it is"', 'C=ключ']))
  })

  it("begins with the image's", async () => {
    expect(await output(['--entrypoint', 'env'], [], 'entry:live')).toMatch(/^WHERE=image$/m)
    expect(await output(['--entrypoint', 'env', '-e', 'WHERE=flag'], [], 'entry:live')).toMatch(
      /^WHERE=flag$/m,
    )
  })
})

describe('files', () => {
  let folder: string

  // An Engine in a root of its own shares no folder with this machine but those of /dev.
  beforeEach(() => {
    folder = `/dev/shm/${basename(user.home)}`
    mkdirSync(folder)
  })

  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['--volume', (from: string) => ['-v', `${from}:/data`]],
    ['--mount', (from: string) => ['--mount', `type=bind,source=${from},target=/data`]],
  ])('of this machine are in the container by %s', async (_, flags) => {
    writeFileSync(`${folder}/in`, 'brought along\n')
    const text = await shell(flags(folder), 'cat /data/in; echo left behind > /data/out')
    expect(text).toBe('brought along\n')
    expect(readFileSync(`${folder}/out`, 'utf8')).toBe('left behind\n')
  })

  it.each([
    ['--volume', (from: string) => ['-v', `${from}:/data:ro`]],
    ['--mount', (from: string) => ['--mount', `type=bind,source=${from},target=/data,readonly`]],
  ])('can be protected by %s', async (_, flags) => {
    const { status, stderr } = await user.run(['run', ...flags(folder), 'busybox:live', 'touch', '/data/out'])
    expect(status).toBe(1)
    expect(stderr).toMatch(/Read-only file system/)
  })

  it('in a volume outlive the container', async () => {
    await shell(['-v', 'shelf:/data'], 'echo kept > /data/file')
    expect(await shell(['--mount', 'type=volume,source=shelf,target=/data'], 'cat /data/file')).toBe('kept\n')
    await engineJson(engine.socket, 'DELETE', '/volumes/shelf')
  })

  it('in a volume without a name go with the container', async () => {
    expect(await shell(['-v', '/data'], 'echo x > /data/file; cat /data/file')).toBe('x\n')
    const { Volumes } = await engineJson<{ Volumes: unknown[] | null }>(engine.socket, 'GET', '/volumes')
    expect(Volumes ?? []).toEqual([])
  })

  it('in memory', async () => {
    expect(await shell(['--mount', 'type=tmpfs,target=/scratch'], 'grep " /scratch " /proc/mounts')).toMatch(
      /^tmpfs /,
    )
  })
})

describe('what runs', () => {
  it('is the entrypoint of the image, with its command or ours', async () => {
    expect(await output([], [], 'entry:live')).toBe('from the entrypoint: by default\n')
    expect(await output([], ['from', 'us'], 'entry:live')).toBe('from the entrypoint: from us\n')
  })

  it('is another entrypoint, or none', async () => {
    expect(await output(['--entrypoint', 'printf'], ['%s|', 'a', 'b c'], 'entry:live')).toBe('a|b c|')
    expect(await output(['--entrypoint', ''], ['echo', 'alone'], 'entry:live')).toBe('alone\n')
  })

  it('gets its arguments as they are', async () => {
    const odd = ['', ' ', "it's", '"quoted"', '$HOME', '--rm', '-e', 'ключ', 'a\nb']
    expect(await output([], ['printf', '%s\\0', ...odd])).toBe(`${odd.join('\0')}\0`)
  })

  it('runs with the workdir and user asked for', async () => {
    expect(await output(['-w', '/etc'], ['pwd'])).toBe('/etc\n')
    expect(await output([], ['sh', '-c', 'pwd; id -u; id -g'])).toBe('/\n0\n0\n')
    expect(await output(['-u', 'nobody'], ['id', '-u'])).toBe('65534\n')
    expect(await output(['--user=1234:5678'], ['sh', '-c', 'id -u; id -g'])).toBe('1234\n5678\n')
    expect(await output(['--entrypoint', 'pwd'], [], 'entry:live')).toBe('/tmp\n')
  })

  it('has an init when asked to', async () => {
    expect(await shell(['--init'], 'tr "\\0" " " </proc/1/cmdline')).toMatch(/docker-init/)
    expect(await output([], ['cat', '/proc/1/cmdline'])).toBe('cat\0/proc/1/cmdline\0')
  })
})

it('the Engine gets name, labels, limits and network', async () => {
  const labels = ['-l', 'team=batch', '--label', 'empty', '-l', 'eq=a=b']
  const limits = ['-m', '64m', '--cpus', '0.5']
  const seen = await whileRunning(['--name', 'nightly', ...labels, ...limits, '--network', 'none'])
  expect(seen.Name).toBe('/nightly')
  expect(seen.Config.Labels).toMatchObject({
    team: 'batch',
    empty: '',
    eq: 'a=b',
    'dev.holdfast.run': expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect(seen.HostConfig).toMatchObject({
    Memory: 64 * 2 ** 20,
    NanoCpus: 5e8,
    NetworkMode: 'none',
    AutoRemove: false,
  })
})

it('without a network there is only the loopback', async () => {
  expect(await shell(['--network', 'none'], 'ls /sys/class/net')).toBe('lo\n')
  expect(await shell(['--net=host'], 'ls /sys/class/net')).toContain('lo\n')
})

it('a name that is taken is refused in the words of the Engine, and its container is left alone', async () => {
  const first = user.start(['run', '-i', '--name', 'nightly', 'busybox:live', 'sh', '-c', 'echo up; cat'], {
    stdin: 'open',
  })
  await first.printed(/up\n/)
  const report = user.path('outcome')
  const second = await user.run(['run', '--outcome', report, '--name', 'nightly', 'busybox:live', 'true'])
  expect(second).toMatchObject({ status: 125, text: '' })
  expect(second.stderr).toMatch(/^holdfast: create-failed: .*Conflict.*"\/nightly".*already in use.*\n/)
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ kind: 'create-failed', container: null })
  first.stdin.end('still here')
  expect(await first.finished).toMatchObject({ status: 0, text: 'up\nstill here' })
})

it('the versions of both sides are printed', async () => {
  const { ApiVersion, Version } = await engineJson<{ ApiVersion: string; Version: string }>(
    engine.socket,
    'GET',
    '/version',
  )
  const ended = await user.run(['version'])
  expect(ended).toMatchObject({ status: 0, stderr: '' })
  expect(ended.text).toContain(Version)
  expect(ended.text).toContain(ApiVersion)
})
