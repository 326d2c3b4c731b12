import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, type Engine } from '../../src/engine/engine.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'

/* The fields that the types of inspect and list promise are what a real Engine gives. */

let server: TestEngine
let engine: Engine

beforeAll(async () => {
  server = await startEngine()
  await importBusybox(server.socket, 'busybox:live')
  engine = connect(server.host)
})

afterAll(async () => {
  await engine?.close()
  await server?.stop()
})

const text = expect.any(String)
const number = expect.any(Number)
const boolean = expect.any(Boolean)

it('a container, while it runs and in the list', async () => {
  const { Id } = await engine.containers.create({
    Image: 'busybox:live',
    Cmd: ['sleep', '1000'],
    Healthcheck: { Test: ['CMD', 'true'], Interval: 1e9 },
    HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Target: '/data' }] },
  })
  try {
    await engine.containers.start(Id)
    const container = await engine.containers.inspect(Id)
    expect(container).toMatchObject({
      State: {
        Status: 'running',
        Running: true,
        Paused: false,
        Restarting: false,
        OOMKilled: false,
        Dead: false,
        ExitCode: 0,
        Error: '',
        StartedAt: text,
        FinishedAt: text,
        Health: { Status: text, FailingStreak: number },
      },
      Config: {
        Image: 'busybox:live',
        OpenStdin: boolean,
        StdinOnce: boolean,
        AttachStdin: boolean,
        AttachStdout: boolean,
        AttachStderr: boolean,
        Tty: false,
        Labels: {},
      },
      Driver: text,
      MountLabel: text,
      ProcessLabel: text,
      AppArmorProfile: text,
      ResolvConfPath: text,
      HostnamePath: text,
      HostsPath: text,
      LogPath: text,
      RestartCount: 0,
      Mounts: [{ Type: 'volume', Name: text, Source: text, Destination: '/data', RW: true }],
      NetworkSettings: {
        SandboxID: text,
        SandboxKey: text,
        Ports: {},
        Networks: { none: { NetworkID: text } },
      },
    })
    expect(container.State.Pid).toBeGreaterThan(0)
    expect(container).toHaveProperty('ExecIDs')
    const [listed] = await engine.containers.list()
    expect(listed).toMatchObject({
      Id,
      HostConfig: { NetworkMode: 'none' },
      Mounts: [{ Destination: '/data' }],
    })
  } finally {
    await engine.containers.remove(Id, { force: true, volumes: true })
  }
})

it('an image, and in the list', async () => {
  expect(await engine.images.inspect('busybox:live')).toMatchObject({
    RepoTags: ['busybox:live'],
    Size: number,
    RootFS: { Type: 'layers', Layers: [text] },
    GraphDriver: { Name: text },
    Config: { Cmd: ['sh'] },
  })
  expect(await engine.images.list()).toMatchObject([
    { RepoTags: ['busybox:live'], Size: number, SharedSize: -1, Containers: number, ParentId: text },
  ])
})
