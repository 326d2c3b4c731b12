import { describe, expect, test } from 'vitest'
import { createBody } from '../../../src/run/container/body.ts'
import type { RunOptions } from '../../../src/run/options.ts'

const plain = {
  Image: 'bb:1',
  Labels: { 'dev.holdfast.run': 'id-1' },
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  AttachStdin: false,
  AttachStdout: true,
  AttachStderr: true,
  HostConfig: {},
}

function spec(options: Partial<RunOptions>): unknown {
  return JSON.parse(JSON.stringify(createBody({ image: 'bb:1', ...options }, { 'dev.holdfast.run': 'id-1' })))
}

describe('the body that creates a container', () => {
  test('leaves out what was not asked for', () => {
    expect(spec({})).toStrictEqual(plain)
  })

  test.each<[string, Partial<RunOptions>, object]>([
    ['command', { command: ['sh', '-c', ''] }, { Cmd: ['sh', '-c', ''] }],
    ['an empty command', { command: [] }, { Cmd: [] }],
    ['entrypoint as a text', { entrypoint: '/bin/sh -x' }, { Entrypoint: ['/bin/sh -x'] }],
    ['entrypoint as a list', { entrypoint: ['sh', '-x'] }, { Entrypoint: ['sh', '-x'] }],
    ['entrypoint taken away by a text', { entrypoint: '' }, { Entrypoint: [''] }],
    ['entrypoint taken away by a list', { entrypoint: [] }, { Entrypoint: [''] }],
    [
      'env: a value, an empty one, one with "=", one unset',
      { env: { A: '1', B: '', C: 'x=y', D: null, E: undefined } },
      { Env: ['A=1', 'B=', 'C=x=y', 'D'] },
    ],
    ['workdir', { workdir: '/w' }, { WorkingDir: '/w' }],
    ['user', { user: '1000:1000' }, { User: '1000:1000' }],
    ['labels', { labels: { a: 'b' } }, { Labels: { a: 'b', 'dev.holdfast.run': 'id-1' } }],
    [
      'our label, which can’t be overridden',
      { labels: { 'dev.holdfast.run': 'x' } },
      { Labels: { 'dev.holdfast.run': 'id-1' } },
    ],
    [
      'volumes: host paths and names are binds, the rest are anonymous',
      { volumes: ['/h:/c:ro', 'name:/n', '/anonymous'] },
      { Volumes: { '/anonymous': {} }, HostConfig: { Binds: ['/h:/c:ro', 'name:/n'] } },
    ],
    [
      'mounts',
      { mounts: [{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1 } }] },
      { HostConfig: { Mounts: [{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1 } }] } },
    ],
    ['network', { network: 'none' }, { HostConfig: { NetworkMode: 'none' } }],
    ['memory', { memory: 64 * 2 ** 20 }, { HostConfig: { Memory: 67108864 } }],
    ['cpus', { cpus: 0.1 + 0.2 }, { HostConfig: { NanoCpus: 300000000 } }],
    ['init', { init: true }, { HostConfig: { Init: true } }],
    ['no init', { init: false }, { HostConfig: { Init: false } }],
    ['tty', { tty: true }, { Tty: true }],
    ['stdin', { stdin: '' }, { OpenStdin: true, StdinOnce: true, AttachStdin: true }],
    ['container over the everyday options', { user: 'a', container: { User: 'b' } }, { User: 'b' }],
    ['a terminal by container', { tty: false, container: { Tty: true } }, { Tty: true }],
    [
      'objects of container are merged, lists replace',
      {
        memory: 1,
        volumes: ['/a:/b'],
        labels: { a: '1', b: '1' },
        env: { A: '1' },
        container: {
          Env: ['B=2'],
          Labels: { b: '2', 'dev.holdfast.run': 'x' },
          HostConfig: { Binds: ['/c:/d'], CapDrop: ['ALL'], LogConfig: { Type: 'none' } },
        },
      },
      {
        Env: ['B=2'],
        Labels: { a: '1', b: '2', 'dev.holdfast.run': 'id-1' },
        HostConfig: { Memory: 1, Binds: ['/c:/d'], CapDrop: ['ALL'], LogConfig: { Type: 'none' } },
      },
    ],
    [
      'a label that is called __proto__',
      { container: { Labels: Object.fromEntries([['__proto__', 'x']]) } },
      {
        Labels: Object.fromEntries([
          ['__proto__', 'x'],
          ['dev.holdfast.run', 'id-1'],
        ]),
      },
    ],
    [
      'nothing of what is not the container’s',
      { platform: 'linux/amd64', name: 'n', timeout: 1, pull: 'never', credentials: () => undefined },
      {},
    ],
  ])('%s', (_, options, difference) => {
    expect(spec(options)).toStrictEqual({ ...plain, ...difference })
  })
})
