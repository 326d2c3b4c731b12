import { existsSync, readFileSync } from 'node:fs'
import { type Command, type CommandOptions, User } from '../../test/live/support/command.ts'
import { startEngine, type TestEngine } from '../../test/live/support/engine.ts'
import { importBusybox, push, remove, tag } from '../../test/live/support/images.ts'
import { startRegistry } from '../../test/live/support/registry.ts'
import { containers, engineRequest } from '../../test/live/support/request.ts'
import { type Mode, startTrouble } from '../../test/live/support/trouble.ts'

const alice = { username: 'alice', password: 'sesame' }
const modes = ['500', '429', '401', '403', 'silent', 'html'] as const satisfies Mode[]

/** Where things are, for the situations to name. */
export interface Places {
  /** The address of a registry in that trouble; `dead`: nothing listens. */
  trouble: Record<(typeof modes)[number] | 'dead', string>
  /** A registry whose layers arrive damaged; has team/batch:1. */
  damaging: string
  /** A registry that wants alice's password and has team/batch:1. */
  registry: string
  engine: TestEngine
  socket: string
  home: string
  /** An address where no Engine is. */
  webServer: string
}

/** How a failure is brought about. */
export interface Situation {
  args: (places: Places) => string[]
  /** Docker's configuration. */
  config?: (places: Places) => object | string
  /** A program put into PATH. */
  program?: { name: string; script: string }
  options?: CommandOptions
  /** What is run before. */
  first?: string[]
  /** How often it is run; the last time is shown. Default once. */
  times?: number
  /** Done once it runs. */
  meanwhile?: (command: Command, places: Places) => Promise<void>
  /** Done when it has ended. */
  afterwards?: (places: Places) => Promise<void>
}

export interface Performed {
  shown: string
  printed: string
  /** The kind that the outcome tells, if the command wrote one. */
  outcome: string | undefined
}

export interface Stage extends AsyncDisposable {
  perform(situation: Situation): Promise<Performed>
}

/** An Engine, and registries well and in trouble. */
export async function openStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const engine = stack.use(await startEngine())
  const registry = stack.use(await startRegistry({ users: { [alice.username]: alice.password } }))
  const trouble: Record<string, string> = {}
  for (const mode of modes) trouble[mode] = stack.use(await startTrouble(mode)).address
  const dead = await startTrouble('500')
  trouble.dead = dead.address
  await dead.stop()
  const open = stack.use(await startRegistry())
  const damaging = stack.use(await startTrouble('proxy', open.address))
  damaging.blobs = { after: 'half', end: 'corrupt' }
  await fill(engine.socket, registry.address)
  await putBig(engine.socket, open.address)
  const owned = stack.move()
  const fixed = {
    trouble: trouble as Places['trouble'],
    registry: registry.address,
    damaging: damaging.address,
    engine,
    socket: engine.socket,
    webServer: trouble.html ?? '',
  }
  return {
    perform: situation => perform(situation, fixed, engine.host),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function fill(socket: string, registry: string): Promise<void> {
  await importBusybox(socket, 'batch:1')
  await tag(socket, 'batch:1', `${registry}/team/batch:1`)
  await push(socket, `${registry}/team/batch:1`, alice)
  await remove(socket, `${registry}/team/batch:1`)
}

/** An image whose layer is not on the Engine. */
async function putBig(socket: string, registry: string): Promise<void> {
  const image = `${registry}/team/batch:1`
  await importBusybox(socket, image, { pad: 1 })
  await push(socket, image)
  await remove(socket, image)
}

async function perform(situation: Situation, fixed: Omit<Places, 'home'>, host: string): Promise<Performed> {
  const { args, config, program, options, first, times = 1, meanwhile, afterwards } = situation
  const user = new User(host)
  try {
    const places = { ...fixed, home: user.home }
    if (config !== undefined) user.write('config.json', config(places))
    if (program !== undefined) user.install(program.name, program.script)
    const given = args(places)
    const withOutcome = given[0] === 'run' && !given.includes('--outcome')
    const file = user.path('outcome')
    const extra = withOutcome ? ['run', '--progress', 'none', '--outcome', file, ...given.slice(1)] : given
    if (first !== undefined) await user.run(first)
    for (let before = 1; before < times; before++) await user.run(extra, options)
    const command = user.start(extra, options)
    await meanwhile?.(command, places)
    const { stderr } = await command.finished
    await afterwards?.(places)
    await tidy(fixed.socket)
    const names = publicNames(places)
    return {
      shown: renamed(given.map(quoted).join(' '), names),
      printed: renamed(stderr.trim(), names),
      outcome: withOutcome ? kindIn(file) : undefined,
    }
  } finally {
    user.leave()
  }
}

// A command line that makes no sense ends before there is an outcome.
function kindIn(file: string): string | undefined {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return text === '' ? undefined : (JSON.parse(text) as { kind: string }).kind
}

async function tidy(socket: string): Promise<void> {
  for (const { Id } of await containers(socket)) {
    await engineRequest(socket, 'DELETE', `/containers/${Id}?force=1&v=1`)
  }
}

/** What is different on each machine, by what the page shows for it. */
function publicNames({ trouble, registry, damaging, socket, home }: Places): [string, string][] {
  return [
    [socket, '/run/docker.sock'],
    [home, '/home/you'],
    [registry, 'registry.example:5000'],
    [damaging, 'damaging.example:5000'],
    ...Object.entries(trouble).map(([mode, address]): [string, string] => [
      address,
      `${word(mode)}.example:5000`,
    ]),
  ]
}

function word(mode: string): string {
  return /^\d/.test(mode) ? `answers-${mode}` : mode
}

function renamed(text: string, names: [string, string][]): string {
  return names
    .reduce((shown, [from, to]) => shown.replaceAll(from, to), text)
    .replaceAll(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…')
    .replaceAll(/127\.0\.0\.1:\d+/g, '10.0.0.7:41234')
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}
