import type { Engine } from '../../src/engine/engine.ts'
import type { NodeSpec, ServiceSpec } from '../../src/engine/swarm-wire.ts'
import type { ContainerSpec, EndpointSettings, ExecSpec, NetworkSpec } from '../../src/engine/wire.ts'

/** What is Docker's: a body that goes out as it is given. */
type Body = ContainerSpec | ExecSpec | NetworkSpec | EndpointSettings | ServiceSpec | NodeSpec

/** The Engine's nouns: what has operations. */
type Noun = {
  [N in keyof Engine]: Engine[N] extends Record<string, (...args: never[]) => unknown> ? N : never
}[keyof Engine] &
  string

/** Arguments with every option given, so that a new option does not compile until it is here. */
type Everything<Arguments extends unknown[]> = { [Index in keyof Arguments]-?: Full<Arguments[Index]> }
type Full<T> = T extends AsyncIterable<unknown> | readonly unknown[] | AbortSignal | Body
  ? T
  : T extends object
    ? Required<T>
    : T

type Operations = {
  [N in Noun]: {
    [Name in keyof Engine[N]]: Engine[N][Name] extends (...args: infer Arguments) => unknown
      ? { when: string; with: Everything<Required<Arguments>> }
      : never
  }
}

const { signal } = new AbortController()
const filters = { label: ['a'] }
const onProgress = () => undefined
const job: ServiceSpec = { Name: 's', TaskTemplate: { ContainerSpec: { Image: 'x' } } }

/** Every operation of the Engine's client: when holdfast itself uses it, and a call with all options. */
export const operations: Operations = {
  system: {
    ping: {
      when: 'by programs only; for the version of the API where HEAD fails',
      with: [{ signal }],
    },
    version: { when: '`holdfast version`', with: [{ signal }] },
    info: {
      when: 'a run with a key, for its lease; an Engine that was restarted under a run, for its clock',
      with: [{ signal }],
    },
    events: {
      when: 'a run whose Engine was away, to see whether it was restarted; a container that ended meanwhile',
      with: [{ filters, since: '1', until: '2', signal }],
    },
  },
  images: {
    inspect: {
      when: 'every run and check, first; after a pull; the image of a container that was found by its key',
      with: ['x', { platform: { os: 'linux', architecture: 'arm', variant: 'v7' }, signal }],
    },
    list: { when: 'shell completion of image names', with: [{ filters, all: true, signal }] },
    pull: {
      when: 'a pull, under the policy; with `X-Registry-Auth` when there are credentials',
      with: [{ fromImage: 'x', tag: '1', platform: 'linux/arm64', registryAuth: 'e30=', onProgress, signal }],
    },
    import: {
      when: 'by programs only',
      with: [
        archive(),
        { repo: 'x', tag: '1', changes: ['CMD ["sh"]'], platform: 'linux', onProgress, signal },
      ],
    },
    load: { when: 'by programs only', with: [archive(), { onProgress, signal }] },
    tag: { when: 'by programs only', with: ['x', { repo: 'y', tag: '1', signal }] },
    remove: { when: 'by programs only', with: ['x', { force: true, signal }] },
  },
  containers: {
    create: { when: 'every run', with: [{ Image: 'x' }, { name: 'n', platform: 'linux', signal }] },
    inspect: {
      when: 'the end of a run; when a connection was lost; a job found by its key',
      with: ['c', { signal }],
    },
    list: {
      when: 'a creation whose answer was lost; `holdfast ps`, `logs`, `wait`, `stop`, `rm`, `sweep`',
      with: [{ all: true, filters, signal }],
    },
    start: { when: 'every run', with: ['c', { signal }] },
    attach: {
      when: 'every run, before the start',
      with: ['c', { tty: false, stdin: true, logs: true, detachKeys: 'ctrl-a', signal }],
    },
    logs: {
      when: 'the end of a stream of output, to see whether any is missing; a job found by its key; `holdfast logs`',
      with: ['c', { tty: false, follow: true, since: '1', until: '2', tail: 1, timestamps: true, signal }],
    },
    wait: { when: 'every run, before the start', with: ['c', { condition: 'next-exit', signal }] },
    stop: { when: 'a timeout; an abort; `holdfast stop`', with: ['c', { grace: 1, signal }] },
    kill: { when: 'a signal to the command; `job.kill()`', with: ['c', { signalName: 'SIGTERM', signal }] },
    resize: { when: 'a run with a terminal', with: ['c', { rows: 1, columns: 2, signal }] },
    stats: { when: '`--resources`', with: ['c', { signal }] },
    remove: {
      when: 'the end of a run, as `--rm` says; `holdfast rm`, `sweep`',
      with: ['c', { force: true, volumes: true, signal }],
    },
    getArchive: { when: '`--copy-out`; a result file', with: ['c', '/p', { signal }] },
    putArchive: {
      when: '`--copy-in`; a run with secrets',
      with: ['c', '/p', archive(), { noOverwriteDirNonDir: true, signal }],
    },
    statPath: { when: '`--copy-in`; a run with secrets', with: ['c', '/p', { signal }] },
  },
  volumes: {
    create: { when: 'a run with a key', with: [{ name: 'v', labels: { a: 'b' } }, { signal }] },
    inspect: { when: 'a run with secrets', with: ['v', { signal }] },
    list: { when: '`holdfast sweep`', with: [{ filters, signal }] },
    remove: { when: 'the end of a run with a key', with: ['v', { signal }] },
  },
  networks: {
    create: { when: 'by programs only', with: [{ Name: 'n' }, { signal }] },
    inspect: { when: 'by programs only', with: ['n', { signal }] },
    list: { when: 'by programs only', with: [{ filters, signal }] },
    connect: { when: 'by programs only', with: ['n', 'c', { endpoint: {}, signal }] },
    disconnect: { when: 'by programs only', with: ['n', 'c', { force: true, signal }] },
    remove: { when: 'by programs only', with: ['n', { signal }] },
  },
  exec: {
    create: { when: 'by programs only', with: ['c', { Cmd: ['true'] }, { signal }] },
    start: { when: 'by programs only', with: ['e', { tty: false, stdin: true, signal }] },
    inspect: { when: 'by programs only', with: ['e', { signal }] },
    resize: { when: 'by programs only', with: ['e', { rows: 1, columns: 2, signal }] },
  },
  services: {
    create: { when: 'a run on a Swarm', with: [job, { signal }] },
    inspect: {
      when: 'a run on a Swarm whose tasks are not there, or are to be stopped',
      with: ['s', { signal }],
    },
    list: {
      when: 'a run on a Swarm, first; `holdfast ps`, `sweep`; `logs`, `wait`, `stop`, `rm` of what is no container',
      with: [{ filters, status: true, signal }],
    },
    update: {
      when: 'the end of a run on a Swarm whose tasks have not all completed; `holdfast stop`, `rm`, `sweep` of its service',
      with: ['s', job, { version: 1, signal }],
    },
    remove: {
      when: 'the end of a run on a Swarm, as `--rm` says; `holdfast stop`, `rm`, `sweep` of its service',
      with: ['s', { signal }],
    },
    logs: {
      when: 'a run on a Swarm, while its tasks run and when they have ended; `holdfast logs`',
      with: ['s', { follow: true, since: '1', tail: 1, timestamps: true, details: true, signal }],
    },
  },
  tasks: {
    inspect: { when: 'output of a task that a run has not seen yet', with: ['t', { signal }] },
    list: {
      when: 'a run on a Swarm, up to five times a second for all runs of a process',
      with: [{ filters, signal }],
    },
    logs: { when: 'by programs only', with: ['t', { follow: true, tail: 1, timestamps: true, signal }] },
  },
  nodes: {
    inspect: { when: 'by programs only', with: ['n', { signal }] },
    list: { when: 'a run on a Swarm, every five seconds', with: [{ filters, signal }] },
    update: { when: 'by programs only', with: ['n', { Availability: 'drain' }, { version: 1, signal }] },
    remove: { when: 'by programs only', with: ['n', { force: true, signal }] },
  },
  secrets: { inspect: { when: '`--secret` with `--swarm`', with: ['s', { signal }] } },
  configs: { inspect: { when: '`--swarm-config`', with: ['c', { signal }] } },
}

async function* archive() {
  yield Buffer.alloc(1024)
}
