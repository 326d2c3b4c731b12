/*
 * Runs the five scenarios of a registry in trouble under every policy, on a real Engine, and writes what happened into
 * docs/registry-trouble.md. As root; takes about two minutes: each limit that runs out is the default one.
 *
 *   npm run docs:scenarios
 *   HOLDFAST_TEST_ENGINE=/srv/holdfast-forky npm run docs:scenarios
 */
import type { Outcome } from '../../src/run/outcome.ts'
import { User } from '../../test/live/support/command.ts'
import { startEngine, type TestEngine } from '../../test/live/support/engine.ts'
import { importBusybox, push, remove, tag } from '../../test/live/support/images.ts'
import { startRegistry } from '../../test/live/support/registry.ts'
import { engineJson } from '../../test/live/support/request.ts'
import { startTrouble } from '../../test/live/support/trouble.ts'
import { replaceSection } from './section.ts'

const policies: ReadonlyArray<[name: string, flags: string[]]> = [
  ['`missing` (default)', []],
  ['`always`', ['--pull', 'always']],
  ['`never`', ['--pull', 'never']],
  ['`refresh`', ['--pull', 'refresh']],
  ['`refresh`, `--stale-if any`', ['--pull', 'refresh', '--stale-if', 'any']],
]

interface Scenario {
  title: string
  /** The image's name, once everything is as the title says. */
  set(): Promise<string>
  flags?: string[]
  tell?(outcome: Outcome): string
}

const alice = { username: 'alice', password: 'sesame' }
const local = 'busybox:local'
const newer = 'busybox:newer'

await using engine = await startEngine()
const { socket, host } = engine
await using registry = await startRegistry({ users: { [alice.username]: alice.password } })
await using open = await startRegistry()
await using dead = await startTrouble('500')
await using silent = await startTrouble('silent')
const deadAddress = dead.address
await dead.stop()
await importBusybox(socket, local)
await importBusybox(socket, newer, { changes: ['CMD ["sh"]', 'LABEL newer=yes'] })

async function localAs(address: string): Promise<string> {
  const image = `${address}/team/batch:1`
  await tag(socket, local, image)
  return image
}

const scenarios: readonly Scenario[] = [
  { title: 'registry down, image local', set: () => localAs(deadAddress) },
  { title: 'registry accepts and never answers, image local', set: () => localAs(silent.address) },
  {
    title: 'wrong password, image local',
    async set() {
      const image = await localAs(registry.address)
      await push(socket, image, alice)
      return image
    },
  },
  {
    title: 'the tag has a newer image in the registry',
    async set() {
      const image = `${open.address}/team/batch:1`
      await tag(socket, newer, image)
      await push(socket, image)
      await remove(socket, image)
      return localAs(open.address)
    },
    tell: outcome => (outcome.registry.contacted ? 'runs the newer one' : 'runs the local one'),
  },
  {
    title: 'local for another platform only, registry down',
    set: () => localAs(deadAddress),
    flags: ['--platform', 'linux/s390x'],
  },
]

const rows = new Map<string, string[]>(policies.map(([name]) => [name, []]))
for (const { title, set, flags = [], tell = told } of scenarios) {
  for (const [name, policy] of policies) {
    const image = await set()
    const outcome = await runOnce(image, [...policy, ...flags])
    const cell = outcome.kind === 'ok' ? tell(outcome) : told(outcome)
    rows.get(name)?.push(cell)
    console.log(`${title} | ${name} | ${cell}`)
    await remove(socket, image)
  }
}

async function runOnce(image: string, flags: string[]): Promise<Outcome> {
  const user = new User(host)
  try {
    const auth = Buffer.from('alice:open').toString('base64')
    user.write('config.json', { auths: { [registry.address]: { auth } } })
    const { stderr } = await user.run(['run', ...flags, '--quiet', '--outcome', '-', image, 'true'])
    return JSON.parse(stderr.trim().split('\n').at(-1) ?? '')
  } finally {
    user.leave()
  }
}

function told({ kind, registry, stale, duration }: Outcome): string {
  const contact = registry.contacted ? '' : ', no registry contact'
  if (kind !== 'ok') return `fails ${speed(duration)}: \`${kind}\`${contact}`
  return stale === null ? `runs${contact}` : `runs ${speed(duration)}, marked stale: \`${stale.kind}\``
}

// Classes of time, so that the table is the same from one run to the next.
function speed(ms: number): string {
  const limit = [1, 5, 12, 32].find(seconds => ms < seconds * 1000)
  return limit === 1 ? 'at once' : `within ${limit ?? 60} s`
}

async function version({ socket }: TestEngine): Promise<string> {
  return (await engineJson<{ Version: string }>(socket, 'GET', '/version')).Version
}

const table = [
  `Engine ${await version(engine)}, limits as they are by default.`,
  '',
  `| | ${scenarios.map(({ title }) => title).join(' | ')} |`,
  `|---|${scenarios.map(() => '---').join('|')}|`,
  ...[...rows].map(([name, cells]) => `| ${name} | ${cells.join(' | ')} |`),
].join('\n')
replaceSection('registry-trouble.md', 'scenarios', table)
replaceSection('registry-trouble.md', 'stale', await staleRun())

async function staleRun(): Promise<string> {
  const image = await localAs(deadAddress)
  const shown = ['run', '--pull', 'refresh', image, 'echo', 'the job runs']
  const user = new User(host)
  try {
    const { stderr, text } = await user.run(shown)
    const lines = [
      '```console',
      `$ holdfast ${shown.join(' ').replace('the job runs', "'the job runs'")}`,
      stderr.trim(),
      text.trim(),
      '```',
    ]
    return lines.join('\n').replaceAll(deadAddress, 'registry.example:5000')
  } finally {
    user.leave()
    await remove(socket, image)
  }
}
