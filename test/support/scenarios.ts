import { connect, type EngineError, type Outcome, type RunOptions, run } from '../../src/index.ts'

/** Addresses of the registries that scenarios pull from; in a recording they have the names below. */
export interface Registries {
  /** Wants a password. */
  private: string
  /** In trouble, each in its own way. */
  trouble: Readonly<Record<Trouble, string>>
}

export const troubles = [
  '500',
  '503',
  '429',
  '401',
  '403',
  '404',
  'reset',
  'html',
  'silent',
  'refused',
] as const
export type Trouble = (typeof troubles)[number]

/** How the registries are called in recordings. */
export const recordedRegistries: Registries = {
  private: 'private.test:5000',
  trouble: Object.fromEntries(troubles.map(name => [name, `${name}.test:5000`])) as Record<Trouble, string>,
}

export const login = { username: 'alice', password: 'open>>>sesame???' }
export const localImage = 'holdfast/busybox:1'

/** What is done against an Engine, real or played, and what comes of it as plain data. */
export interface Scenario {
  name: string
  act(host: string, registries: Registries, restart: () => Promise<void>): Promise<unknown>
}

const shell = (script: string) => ['sh', '-c', script]

async function told(options: RunOptions): Promise<unknown> {
  const outcome = await run({ ...options, reject: false })
  const { kind, exitCode, stdout, stderr, registry, gaps, oomKilled } = outcome
  return { kind, exitCode, stdout, stderr, oomKilled, contacted: registry.contacted, gaps: gaps.length }
}

function local(name: string, options: Omit<RunOptions, 'image' | 'engine'>): Scenario {
  return { name, act: host => told({ engine: host, image: localImage, network: 'none', ...options }) }
}

/** Given up as soon as it runs, with no time to end by itself. */
function cancelled(host: string): Promise<unknown> {
  const controller = new AbortController()
  return told({
    engine: host,
    image: localImage,
    network: 'none',
    command: ['sleep', '600'],
    stopGrace: 0,
    signal: controller.signal,
    onEvent: ({ type }) => {
      if (type === 'started') controller.abort()
    },
  })
}

const pulls: Scenario[] = [
  {
    name: 'pull-private',
    act: (host, { private: registry }) =>
      told({ engine: host, image: `${registry}/app:1`, credentials: login, command: ['true'] }),
  },
  {
    name: 'pull-wrong-password',
    act: (host, { private: registry }) =>
      told({ engine: host, image: `${registry}/other:1`, credentials: { ...login, password: 'not that' } }),
  },
  {
    name: 'pull-anonymous-denied',
    act: (host, { private: registry }) =>
      told({ engine: host, image: `${registry}/other:1`, credentials: () => undefined }),
  },
  {
    name: 'pull-unknown-tag',
    act: (host, { private: registry }) =>
      told({ engine: host, image: `${registry}/app:no-such-tag`, credentials: login }),
  },
  {
    name: 'pull-other-platform',
    act: (host, { private: registry }) =>
      told({ engine: host, image: `${registry}/app:list`, credentials: login }),
  },
  ...troubles.map(
    (trouble): Scenario => ({
      name: `pull-${trouble}`,
      act: (host, registries) => pullInTrouble(host, registries.trouble[trouble], trouble === 'silent'),
    }),
  ),
]

/** Aborts the pull where the registry accepts and never answers: an Engine may wait without end. */
async function pullInTrouble(host: string, registry: string, giveUp: boolean): Promise<unknown> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const result = await told({
    engine: host,
    image: `${registry}/app:1`,
    credentials: () => undefined,
    signal: controller.signal,
    onEvent: event => {
      if (giveUp && event.type === 'pull') timer = setTimeout(() => controller.abort(), 300)
    },
  })
  clearTimeout(timer)
  return result
}

async function refusedUpgrade(host: string): Promise<unknown> {
  await using engine = connect(host)
  const error: EngineError = await engine.containers.attach('no-such-container', { tty: false }).then(
    () => Promise.reject(new Error('attached to nothing')),
    failure => failure,
  )
  return { kind: error.kind, code: error.code, status: error.status, engineMessage: error.engineMessage }
}

async function refusedVersion(host: string): Promise<unknown> {
  await using engine = connect({ host, env: { DOCKER_API_VERSION: '1.99' } })
  return await engine.system.ping().then(
    () => 'served all the same',
    ({ kind, code, status }: EngineError) => ({ kind, code, status }),
  )
}

/** The Engine restarts while the job runs, and the container lives on (live-restore). */
async function restarted(host: string, restart: () => Promise<void>): Promise<unknown> {
  const job = run({
    engine: host,
    image: localImage,
    network: 'none',
    reject: false,
    command: shell('echo before; sleep 9; exit 5'),
  })
  let restarting: Promise<void> | undefined
  for await (const { text } of job) if (text === 'before') restarting = restart()
  await restarting
  const { kind, exitCode, warnings, gaps }: Outcome = await job
  return { kind, exitCode, warned: warnings.length > 0, gap: gaps.length > 0 }
}

/** All of them, in the order in which they are recorded. */
export const scenarios: readonly Scenario[] = [
  local('run-ok', { command: shell('echo out; echo err >&2; printf last') }),
  local('run-failing', { command: shell('echo half; exit 3') }),
  local('run-not-found', { command: ['no-such-program'] }),
  local('run-tty', { command: shell('tty >/dev/null && echo a terminal'), tty: true }),
  local('run-stdin', { command: ['cat'], stdin: 'from here\n' }),
  local('run-long', { command: shell('for i in 1 2 3; do echo tick $i; sleep 1; done') }),
  { name: 'run-cancelled', act: cancelled },
  local('run-timeout', {
    command: shell('echo begun; sleep 600'),
    timeout: 4_000,
    stopGrace: 0,
  }),
  local('image-missing', { pull: 'never', platform: 'linux/arm64' }),
  ...pulls,
  { name: 'attach-refused', act: refusedUpgrade },
  { name: 'api-refused', act: refusedVersion },
  { name: 'engine-restart', act: (host, _, restart) => restarted(host, restart) },
]
