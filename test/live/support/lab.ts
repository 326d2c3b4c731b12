import { createHash } from 'node:crypto'
import { type Recording, record } from '../../../src/replay/index.ts'
import {
  localImage,
  login,
  type Registries,
  recordedRegistries,
  type Scenario,
  troubles,
} from '../../support/scenarios.ts'
import { startEngine, type TestEngine } from './engine.ts'
import { importBusybox, push, remove, tag } from './images.ts'
import { startRegistry, type TestRegistry } from './registry.ts'
import { engineJson } from './request.ts'
import { startTrouble, type Trouble } from './trouble.ts'

/** A real Engine and the registries that the scenarios want, to record them. */
export interface Lab extends AsyncDisposable {
  /** The Engine's generation, as fixtures are sorted: `docker-20.10`. */
  generation: string
  record(scenario: Scenario): Promise<Recording>
}

export async function openLab(): Promise<Lab> {
  await using stack = new AsyncDisposableStack()
  const engine = stack.use(await startEngine({ flags: ['--live-restore'] }))
  const registry = stack.use(await startRegistry({ users: { [login.username]: login.password } }))
  const registries = await inTrouble(stack, registry.address)
  await importBusybox(engine.socket, localImage)
  await fill(engine, registry)
  const { Version } = await engineJson<{ Version: string }>(engine.socket, 'GET', '/version')
  const generation = `docker-${/^\d+\.\d+/.exec(Version)?.[0]}`
  const owned = stack.move()
  return {
    generation,
    record: scenario => recordScenario(scenario, engine, registries, generation),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function inTrouble(stack: AsyncDisposableStack, address: string): Promise<Registries> {
  const trouble: Record<string, string> = {}
  for (const mode of troubles) {
    const server: Trouble = await startTrouble(mode === 'refused' ? '500' : mode)
    trouble[mode] = server.address
    if (mode === 'refused') await server.stop()
    else stack.use(server)
  }
  return { private: address, trouble: trouble as Registries['trouble'] }
}

/** An image that may be pulled with the password, and a list of images that has none for this machine. */
async function fill({ socket }: TestEngine, { address }: TestRegistry): Promise<void> {
  await tag(socket, localImage, `${address}/app:1`)
  await push(socket, `${address}/app:1`, login)
  await remove(socket, `${address}/app:1`)
  const { username, password } = login
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const type = 'application/vnd.docker.distribution.manifest.v2+json'
  const manifest = await fetch(`http://${address}/v2/app/manifests/1`, {
    headers: { authorization, accept: type },
  })
  const bytes = Buffer.from(await manifest.arrayBuffer())
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const listType = 'application/vnd.docker.distribution.manifest.list.v2+json'
  const platform = { architecture: 's390x', os: 'linux' }
  const list = {
    schemaVersion: 2,
    mediaType: listType,
    manifests: [{ mediaType: type, size: bytes.length, digest, platform }],
  }
  const answer = await fetch(`http://${address}/v2/app/manifests/list`, {
    method: 'PUT',
    headers: { authorization, 'content-type': listType },
    body: JSON.stringify(list),
  })
  if (!answer.ok) throw new Error(`the manifest list was refused: ${answer.status} ${await answer.text()}`)
}

async function recordScenario(
  scenario: Scenario,
  engine: TestEngine,
  registries: Registries,
  generation: string,
): Promise<Recording> {
  const { private: own, trouble } = registries
  const replace = { [own]: recordedRegistries.private }
  for (const mode of troubles) replace[trouble[mode]] = recordedRegistries.trouble[mode]
  const recorder = await record({
    engine: engine.host,
    normalize: true,
    replace: { ...replace, [engine.directory]: '/engine' },
    note: { engine: generation, scenario: scenario.name },
  })
  await using _ = recorder
  const result = await scenario.act(recorder.host, registries, () => engine.restart())
  const { head, events } = await recorder.finish()
  return { head: { ...head, result: JSON.parse(renamed(JSON.stringify(result), replace)) }, events }
}

function renamed(text: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce((changed, [from, to]) => changed.replaceAll(from, to), text)
}
