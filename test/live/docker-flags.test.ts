import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'
import { engineJson } from './support/request.ts'

/* The flags of docker run on a real Engine: each is looked at from inside the container. */

let engine: TestEngine
let user: User

beforeAll(async () => {
  engine = await startEngine()
  await importBusybox(engine.socket, 'busybox:live')
  await importBusybox(engine.socket, 'checked:live', { changes: ['HEALTHCHECK CMD exit 1', 'CMD ["sh"]'] })
})

afterAll(() => engine?.stop())

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

const run = (flags: readonly string[], script: string, image = 'busybox:live') =>
  user.run(['run', ...flags, image, 'sh', '-c', script])

/** The first of these files of a cgroup that is there: version 1 or 2. */
const cgroup = (...files: string[]) =>
  `cat ${files.map(file => `/sys/fs/cgroup/${file}`).join(' ')} 2>/dev/null | head -n 1`
const status = (field: string) => `sed -n 's/^${field}:\\s*//p' /proc/self/status`

/** A disk of this machine, and its number as cgroups have it. */
const [disk = ''] = readdirSync('/sys/block')
const diskNumber = readFileSync(`/sys/block/${disk}/dev`, 'utf8').trim()
/** The limit of that disk: version 1 has a file for each, version 2 one line for all. */
const throttled = (file: string) =>
  `cat /sys/fs/cgroup/blkio/blkio.throttle.${file} /sys/fs/cgroup/io.max 2>/dev/null`

/** The capabilities of this process, which an Engine in a sandbox can't exceed. */
const [, ownCapabilities = ''] = /CapEff:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
const lastCapability = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'))
const hasAllCapabilities = BigInt(`0x${ownCapabilities}`) === 2n ** BigInt(lastCapability + 1) - 1n

describe('from inside the container', () => {
  it.each<[flags: string[], script: string, printed: RegExp]>([
    [['-e', 'A=b c'], 'echo "$A"', /^b c$/],
    [['--workdir', '/tmp/x'], 'pwd', /^\/tmp\/x$/],
    [['--user', '1234:567'], 'id -u; id -g', /^1234\n567$/],
    [['--user', '1234', '--group-add', '99'], 'id -G', /\b99\b/],
    [['--hostname', 'inside', '--domainname', 'example.com'], 'hostname', /^inside/],
    [['--init'], 'cat /proc/1/comm', /init/],
    [['--tty'], 'test -t 1 && echo terminal', /^terminal/],
    [['--memory', '64m'], cgroup('memory.max', 'memory/memory.limit_in_bytes'), /^67108864$/],
    [['--cpus', '0.5'], cgroup('cpu.max', 'cpu/cpu.cfs_quota_us'), /^50000\b/],
    [
      ['--cpu-quota', '30000', '--cpu-period', '60000'],
      cgroup('cpu.max', 'cpu/cpu.cfs_quota_us'),
      /^30000\b/,
    ],
    [['--cpuset-cpus', '0'], status('Cpus_allowed_list'), /^0$/],
    [['--pids-limit', '33'], cgroup('pids.max', 'pids/pids.max'), /^33$/],
    [['--ulimit', 'nofile=123:456'], 'ulimit -n; ulimit -Hn', /^123\n456$/],
    [['--oom-score-adj', '500'], 'cat /proc/self/oom_score_adj', /^500$/],
    [['--shm-size', '3m'], 'df -k /dev/shm | tail -n 1', /\b3072\b/],
    [['--read-only'], 'touch /x 2>&1', /Read-only file system/],
    [
      ['--read-only', '--tmpfs', '/scratch:size=1m'],
      'touch /scratch/x && df -k /scratch | tail -n 1',
      /\b1024\b/,
    ],
    [['--mount', 'type=tmpfs,dst=/m,tmpfs-size=2m'], 'df -k /m | tail -n 1', /\b2048\b/],
    [['--cap-drop', 'ALL'], status('CapEff'), /^0+$/],
    [['--cap-drop', 'ALL', '--cap-add', 'CHOWN'], status('CapEff'), /^0+1$/],
    [['--security-opt', 'no-new-privileges'], status('NoNewPrivs'), /^1$/],
    [['--security-opt', 'seccomp=unconfined'], status('Seccomp'), /^0$/],
    [['--sysctl', 'kernel.msgmax=9000'], 'cat /proc/sys/kernel/msgmax', /^9000$/],
    [['--add-host', 'db=10.9.8.7', '--network', 'none'], 'cat /etc/hosts', /10\.9\.8\.7\s+db/],
    [['--ipc', 'none'], 'test -e /dev/shm || echo none; mount | grep -c /dev/shm', /none|^0$/],
    [['--pid', 'host'], 'test "$(cat /proc/1/comm)" != sh && echo host', /^host$/],
    [['--uts', 'host'], 'hostname', /./],
    [['--network', 'none'], 'ls /sys/class/net', /^lo$/],
    [['--device', '/dev/zero:/dev/nought'], 'head -c 1 /dev/nought | wc -c', /^1$/],
    [
      ['--device-cgroup-rule', `b ${diskNumber} r`, '--cap-add', 'MKNOD'],
      `mknod /a b ${diskNumber.replace(':', ' ')} && head -c 1 /a >/dev/null && echo read; mknod /b c 1 1; cat /b 2>&1`,
      /^read\n.*not permitted/s,
    ],
    [['--entrypoint', 'echo'], 'x', /^sh -c x$/],
    [
      ['--stop-signal', 'SIGUSR1', '--stop-timeout', '5', '--timeout', '2s'],
      'trap "echo asked to stop; exit" USR1; while :; do sleep 0.1; done',
      /^asked to stop$/,
    ],
    [['--cgroupns', 'private'], 'grep -c ":/$" /proc/self/cgroup', /^[1-9]/],
    [['--cgroupns', 'host', '--cgroup-parent', '/holdfast-live'], 'cat /proc/self/cgroup', /holdfast-live/],
    [['--cpu-shares', '512'], cgroup('cpu.weight', 'cpu/cpu.shares'), /^(512|20|59)$/],
    [
      ['--memory', '64m', '--memory-reservation', '32m'],
      cgroup('memory.low', 'memory/memory.soft_limit_in_bytes'),
      /^33554432$/,
    ],
    [['--cpuset-mems', '0'], status('Mems_allowed_list'), /^0$/],
    [['--userns', 'host'], 'cat /proc/self/uid_map', /^0\s+0\s+4294967295$/],
    [['--runtime', 'runc'], 'hostname', /^[0-9a-f]{12}$/],
    [['--log-driver', 'json-file', '--log-opt', 'max-size=1m'], 'echo fine', /^fine$/],
    [['--volume-driver', 'local', '-v', 'driven:/d'], 'grep -c " /d " /proc/mounts', /^1$/],
    [
      ['--health-cmd', 'touch /checked', '--health-interval', '1s'],
      'while ! test -e /checked; do sleep 0.1; done; echo checked',
      /^checked$/,
    ],
    [
      ['--device-read-bps', `/dev/${disk}:1mb`],
      throttled('read_bps_device'),
      new RegExp(`${diskNumber} .*1048576`),
    ],
    [
      ['--device-write-bps', `/dev/${disk}:2mb`],
      throttled('write_bps_device'),
      new RegExp(`${diskNumber} .*2097152`),
    ],
    [
      ['--device-read-iops', `/dev/${disk}:77`],
      throttled('read_iops_device'),
      new RegExp(`${diskNumber} .*77`),
    ],
    [
      ['--device-write-iops', `/dev/${disk}:88`],
      throttled('write_iops_device'),
      new RegExp(`${diskNumber} .*88`),
    ],
    // What cgroups of version 2 do not have, the Engine ignores with a warning.
    [
      ['--memory', '64m', '--memory-swap', '64m', '--memory-swappiness', '0', '--oom-kill-disable'],
      'cd /sys/fs/cgroup/memory 2>/dev/null && cat memory.swappiness memory.oom_control || echo 0 oom_kill_disable 1',
      /^0\s+oom_kill_disable 1/,
    ],
  ])('%j: %s', async (flags, script, printed) => {
    const ended = await run(flags, script)
    expect(ended.text.trim(), ended.stderr).toMatch(printed)
  })

  it.skipIf(!hasAllCapabilities)('--privileged gives all capabilities', async () => {
    expect((await run(['--privileged'], status('CapEff'))).text.trim()).toBe(ownCapabilities)
  })

  it('--label-file, --env-file and --container-json are read', async () => {
    const labels = user.write('labels', 'x=1\n')
    const vars = user.write('vars', 'A=file\n')
    const body = user.write('body.json', { Hostname: 'fromjson', HostConfig: { CapDrop: ['ALL'] } })
    const flags = ['--label-file', labels, '--env-file', vars, '--container-json', body, '-e', 'B=flag']
    const { text } = await run(flags, `echo $A $B; hostname; ${status('CapEff')}`)
    expect(text).toMatch(/^file flag\nfromjson\n0+\n$/)
  })

  it('a seccomp profile is read from its file', async () => {
    const profile = user.write('seccomp.json', {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
    })
    const { text } = await run(['--security-opt', `seccomp=${profile}`], 'mkdir /x 2>&1; echo done')
    expect(text).toMatch(/not permitted/)
  })

  it('--volume and --mount bring files in', async () => {
    // An Engine in a root of its own shares no folder with this machine but those of /dev.
    const folder = `/dev/shm/${basename(user.home)}`
    mkdirSync(folder)
    try {
      writeFileSync(`${folder}/in`, 'content')
      const { text } = await run(['-v', `${folder}:/data:ro`], 'cat /data/in; touch /data/x 2>&1')
      expect(text).toMatch(/^content.*Read-only/s)
      expect((await run(['--mount', `type=bind,src=${folder},dst=/m`], 'cat /m/in')).text).toBe('content')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('the health check of the image can be switched off', async () => {
    const inspect = async (flags: string[]) => {
      const file = user.path(`cid${flags.length}`)
      const command = user.start(
        ['run', '-i', '--cidfile', file, ...flags, 'checked:live', 'sh', '-c', 'echo up; cat'],
        {
          stdin: 'open',
        },
      )
      await command.printed(/up/)
      const [{ Id } = { Id: '' }] = await engineJson<{ Id: string }[]>(
        engine.socket,
        'GET',
        '/containers/json',
      )
      const { Config } = await engineJson<{
        Config: { Healthcheck?: { Test: string[]; Interval?: number } }
      }>(engine.socket, 'GET', `/containers/${Id}/json`)
      command.stdin.end()
      await command.finished
      return Config.Healthcheck
    }
    expect((await inspect(['--no-healthcheck']))?.Test).toEqual(['NONE'])
    const health = ['--health-cmd', 'true', '--health-interval', '5s', '--health-timeout', '2s']
    expect(await inspect([...health, '--health-retries', '4', '--health-start-period', '3s'])).toMatchObject({
      Test: ['CMD-SHELL', 'true'],
      Interval: 5e9,
      Timeout: 2e9,
      Retries: 4,
      StartPeriod: 3e9,
    })
  })
})

describe('what the runtime refuses', () => {
  it('a file mounted on a directory is 125, as with docker', async () => {
    const { status, stderr } = await run(['-v', '/etc/hostname:/tmp'], 'true')
    expect(stderr).toMatch(/^holdfast: start-failed: /)
    expect(stderr).not.toMatch(/in the image, and in its PATH/)
    expect(status).toBe(125)
  })

  it.each([
    [43, ['--annotation', 'a=b'], '--annotation (HostConfig.Annotations) needs API 1.43'],
    [
      44,
      ['--health-cmd', 'true', '--health-start-interval', '1s', '--health-start-period', '2s'],
      '--health-start-interval (Healthcheck.StartInterval) needs API 1.44',
    ],
  ])('a field that API versions before 1.%i do not know', async (since, flags, message) => {
    const { ApiVersion } = await engineJson<{ ApiVersion: string }>(engine.socket, 'GET', '/version')
    const { status, stderr } = await run(flags, 'true')
    if (Number(ApiVersion.split('.')[1]) >= since) expect([status, stderr]).toEqual([0, ''])
    else expect([status, stderr]).toEqual([125, expect.stringContaining(message)])
  })
})
