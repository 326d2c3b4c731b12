import { createHash } from 'node:crypto'
import { type ExchangeRecording, record } from '../../../src/replay/index.ts'
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
import { startPodman } from './podman.ts'
import { startRegistry, type TestRegistry } from './registry.ts'
import { engineJson } from './request.ts'
import { startTrouble, type Trouble } from './trouble.ts'

/** A real Engine and the registries that the scenarios want, to record them. */
export interface Lab extends AsyncDisposable {
  /** The Engine's generation, as fixtures are sorted: `docker-20.10`. */
  generation: string
  record(scenario: Scenario): Promise<ExchangeRecording>
}

export async function openLab(): Promise<Lab> {
  await using stack = new AsyncDisposableStack()
  const registry = stack.use(await startRegistry({ users: { [login.username]: login.password } }))
  const registries = await inTrouble(stack, registry.address)
  const engine = stack.use(await anyEngine(registries))
  await importTagged(engine.socket, localImage)
  await fill(engine, registry)
  const { Version, Components } = await engineJson<VersionAnswer>(engine.socket, 'GET', '/version')
  const brand = Components?.some(({ Name }) => /podman/i.test(Name)) ? 'podman' : 'docker'
  const generation = `${brand}-${/^\d+\.\d+/.exec(Version)?.[0]}`
  const owned = stack.move()
  return {
    generation,
    record: scenario => recordScenario(scenario, engine, registries, generation),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface VersionAnswer {
  Version: string
  Components?: Array<{ Name: string }>
}

type AnyEngine = Pick<TestEngine, 'socket' | 'host' | 'directory' | 'restart'> & AsyncDisposable

async function anyEngine({ private: own, trouble }: Registries): Promise<AnyEngine> {
  if (process.env.HOLDFAST_TEST_ENGINE !== 'podman') return startEngine({ flags: ['--live-restore'] })
  return startPodman([own, ...Object.values(trouble)])
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

/** Podman 4.3 takes no tag on import. */
async function importTagged(socket: string, image: string, options: { pad?: number } = {}): Promise<void> {
  const untagged = `${image.slice(0, image.lastIndexOf(':'))}:latest`
  await importBusybox(socket, untagged, options)
  await tag(socket, untagged, image)
  await remove(socket, untagged)
}

/** An image that may be pulled with the password, and a list of images that has none for this machine. */
async function fill({ socket }: AnyEngine, { address }: TestRegistry): Promise<void> {
  await tag(socket, localImage, `${address}/app:1`)
  await push(socket, `${address}/app:1`, login)
  await remove(socket, `${address}/app:1`)
  await importTagged(socket, `${address}/tool:1`, { pad: 1 })
  await push(socket, `${address}/tool:1`, login)
  await remove(socket, `${address}/tool:1`)
  const { username, password } = login
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const accept =
    'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json'
  const manifest = await fetch(`http://${address}/v2/app/manifests/1`, { headers: { authorization, accept } })
  const bytes = Buffer.from(await manifest.arrayBuffer())
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const mediaType = manifest.headers.get('content-type')
  const listType = 'application/vnd.docker.distribution.manifest.list.v2+json'
  const platform = { architecture: 's390x', os: 'linux' }
  const manifests = [{ mediaType, size: bytes.length, digest, platform }]
  const list = { schemaVersion: 2, mediaType: listType, manifests }
  const answer = await fetch(`http://${address}/v2/app/manifests/list`, {
    method: 'PUT',
    headers: { authorization, 'content-type': listType },
    body: JSON.stringify(list),
  })
  if (!answer.ok) throw new Error(`the manifest list was refused: ${answer.status} ${await answer.text()}`)
}

async function recordScenario(
  scenario: Scenario,
  engine: AnyEngine,
  registries: Registries,
  generation: string,
): Promise<ExchangeRecording> {
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
  const { head, exchanges } = await recorder.finish()
  return { head: { ...head, result: JSON.parse(renamed(JSON.stringify(result), replace)) }, exchanges }
}

function renamed(text: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce((changed, [from, to]) => changed.replaceAll(from, to), text)
}
