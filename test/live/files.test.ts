import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { treeOf } from '../run/files/sandbox.ts'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'

let engine: TestEngine
let user: User

beforeAll(async () => {
  engine = await startEngine()
  await importBusybox(engine.socket, 'busybox:live')
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

function run(flags: string[], script: string) {
  return user.run(['run', ...flags, 'busybox:live', 'sh', '-c', script])
}

describe('files', () => {
  it('go in before the job starts and come out after it has ended', async () => {
    mkdirSync(user.path('in'))
    user.write('in/data', 'input')
    chmodSync(user.write('in/job.sh', '#!/bin/sh\ntr a-z A-Z < /work/data > /out/result\n'), 0o755)
    symlinkSync('data', user.path('in/link'))
    const flags = ['--copy-in', `${user.path('in')}:/work`, '--copy-out', `/out:${user.path('out')}`]
    const ended = await run(flags, 'mkdir /out; /work/job.sh; readlink /work/link; chmod 640 /out/result')
    expect(ended).toMatchObject({ status: 0, text: 'data\n' })
    expect(readFileSync(user.path('out/result'), 'utf8')).toBe('INPUT')
    expect(lstatSync(user.path('out/result')).mode & 0o7777).toBe(0o640)
  })

  it('come out of a job that failed, which keeps its status', async () => {
    const ended = await run(['--copy-out', `/tmp/log:${user.path('log')}`], 'echo why > /tmp/log; exit 3')
    expect(ended.status).toBe(3)
    expect(readFileSync(user.path('log'), 'utf8')).toBe('why\n')
  })

  it('come out of a job that ran out of time', async () => {
    const flags = ['--timeout', '3s', '--copy-out', `/tmp/log:${user.path('log')}`, '--stop-timeout', '0']
    const ended = await run(flags, 'echo begun > /tmp/log; sleep 600')
    expect(ended.status).toBe(124)
    expect(readFileSync(user.path('log'), 'utf8')).toBe('begun\n')
  })

  it('of a volume come out, too', async () => {
    const ended = await run(['-v', '/data', '--copy-out', `/data/.:${user.home}`], 'echo kept > /data/result')
    expect(ended.status).toBe(0)
    expect(readFileSync(user.path('result'), 'utf8')).toBe('kept\n')
  })

  it('that a hostile job left come out without what could do harm', async () => {
    const script = `mkdir /out; cd /out; ln -s ${user.home} up; ln -s /etc/passwd abs; mkfifo fifo; echo good > good
      mknod null c 1 3; cp /bin/busybox su; chmod 6755 su; ln good hard`
    const ended = await run(['--cap-add', 'MKNOD', '--copy-out', `/out:${user.path('out')}`], script)
    expect(ended).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('entries were left out or changed'),
    })
    expect(treeOf(user.path('out'))).toEqual(['good', 'hard', 'su'])
    expect(lstatSync(user.path('out/su')).mode & 0o7777).toBe(0o755)
  })
})

describe('what is refused, with status 125', () => {
  it.each([
    ['a file that is not there', '/tmp/missing', 'it does not exist in the container'],
    ['a device', '/dev/null', 'it does not exist in the container'],
    ['a device of its own', '/tmp/null', 'it is a device'],
    ['a FIFO', '/tmp/fifo', 'it is a FIFO'],
  ])('%s', async (_, from, words) => {
    const ended = await run(
      ['--copy-out', `${from}:${user.path('out')}`],
      'mkfifo /tmp/fifo; mknod /tmp/null c 1 3',
    )
    expect(ended).toMatchObject({ status: 125, stderr: expect.stringContaining(words) })
    expect(readdirSync(user.home)).toEqual(['bin'])
  })

  it('a target that is a file, before anything else', async () => {
    const flags = ['--copy-out', `/etc/passwd:${user.write('file', 'mine')}`]
    expect(await run(flags, 'echo runs')).toMatchObject({
      status: 125,
      text: '',
      stderr: expect.stringContaining('exists and is not a directory'),
    })
    expect(readFileSync(user.path('file'), 'utf8')).toBe('mine')
  })

  it('a source that is not there, before anything else', async () => {
    const ended = await run(['--copy-in', `${user.path('missing')}:/work`], 'echo runs')
    expect(ended).toMatchObject({ status: 125, text: '', stderr: expect.stringContaining('does not exist') })
  })

  it('a directory of the container that is not there', async () => {
    const ended = await run(['--copy-in', `${user.write('file', '')}:/missing/file`], 'echo runs')
    expect(ended).toMatchObject({ status: 125, text: '', stderr: expect.stringContaining('/missing') })
  })

  it('a disk that is full, and leaves nothing on it', async () => {
    mkdirSync(user.path('disk'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', user.path('disk')])
    try {
      const ended = await run(
        ['--copy-out', `/tmp/big:${user.path('disk')}`],
        'head -c 5000000 /dev/zero > /tmp/big',
      )
      expect(ended).toMatchObject({ status: 125, stderr: expect.stringContaining('no space left on device') })
      expect(readdirSync(user.path('disk'))).toEqual([])
    } finally {
      execFileSync('umount', [user.path('disk')])
    }
  })
})

describe('where files go, beside docker cp', () => {
  const froms = ['/etc', '/etc/', '/etc/.', '/etc/passwd', '/bin/../etc', '/missing', '/etc/passwd/']
  const tos = ['new', 'new/', 'dir', 'dir/', 'dir/.', '.', 'merged', 'clash']
  const rows = froms.flatMap(from => tos.map(to => ({ from, to })))

  function prepare(place: string): void {
    mkdirSync(join(place, 'dir'), { recursive: true })
    mkdirSync(join(place, 'merged/etc'), { recursive: true })
    mkdirSync(join(place, 'clash/passwd'), { recursive: true })
  }

  const docker = (...args: string[]) => user.startProgram('docker', args).finished

  it('out of a container', async () => {
    const container = (await docker('create', 'busybox:live', 'true')).text.trim()
    await docker('start', '--attach', container)
    const theirs: string[] = []
    for (const [index, { from, to }] of rows.entries()) {
      const place = user.path(`docker-${index}`)
      prepare(place)
      const { status } = await docker('cp', `${container}:${from}`, `${place}/${to}`)
      // /etc/mtab: links to absolute paths are left out.
      const tree = treeOf(place).filter(path => !path.includes(' -> /'))
      // What fails leaves a part of the files with docker cp, and none here.
      theirs.push(`${from} to ${to}: ${status === 0 ? tree.join(' ') : 'refused'}`)
    }
    await docker('rm', container)
    const place = (index: number) => user.path(`holdfast-${index}`)
    const flags = rows.flatMap(({ from, to }, index) => {
      prepare(place(index))
      return ['--copy-out', `${from}:${place(index)}/${to}`]
    })
    await run([...flags, '--outcome', user.path('outcome')], 'true')
    const { copies }: { copies: Array<{ to: string }> } = JSON.parse(
      readFileSync(user.path('outcome'), 'utf8'),
    )
    const ours = rows.map(({ from, to }, index) => {
      const copied = copies.some(copy => copy.to === `${place(index)}/${to}`)
      return `${from} to ${to}: ${copied ? treeOf(place(index)).join(' ') : 'refused'}`
    })
    expect(ours).toEqual(theirs)
  })
})
