/*
 * Runs a job with a key into each kind of trouble, on a real Engine, and writes what happened into docs/jobs.md. As root;
 * takes about two minutes.
 *
 *   npm run docs:jobs
 *   HOLDFAST_TEST_ENGINE=/srv/holdfast-forky npm run docs:jobs
 */
import { type Command, type Finished, User } from '../../test/live/support/command.ts'
import { startEngine, type TestEngine } from '../../test/live/support/engine.ts'
import { importBusybox } from '../../test/live/support/images.ts'
import { engineJson, engineRequest } from '../../test/live/support/request.ts'
import { CuttingRelay } from '../../test/support/cutting-relay.ts'
import { replaceSection } from './section.ts'

const image = 'batch:1.4'
/** Prints ten lines in two seconds. */
const script = 'for i in 1 2 3 4 5 6 7 8 9 10; do echo line $i; sleep 0.2; done; exit 3'
const whole = Array.from({ length: 10 }, (_, index) => `line ${index + 1}\n`).join('')

interface Row {
  trouble: string
  /** What the Engine is started with. */
  flags?: readonly string[]
  /** Runs the job into it; the last command's exit status is printed. */
  run(stage: Stage): Promise<Finished>
}

interface Stage {
  engine: TestEngine
  user: User
  /** `holdfast run --job nightly …` */
  start(flags?: readonly string[], program?: string): Command
}

/** The same command once more. */
async function again({ start }: Stage): Promise<Finished> {
  return start().finished
}

async function killed(stage: Stage, flags: readonly string[] = []): Promise<void> {
  const first = stage.start(flags)
  await first.printed(/line 3\n/)
  first.kill('SIGKILL')
  await first.finished
}

const liveRestore = ['--live-restore']

const rows: readonly Row[] = [
  { trouble: 'none', run: again },
  {
    trouble: 'the connection that carries the output is cut',
    async run({ engine, start }) {
      await using relay = await CuttingRelay.start(engine.host, () => undefined)
      const command = start(['--host', relay.host])
      await command.printed(/line 3\n/)
      relay.cut('attach')
      return await command.finished
    },
  },
  {
    trouble: '`kill -9` of dockerd, which comes back (live-restore)',
    flags: liveRestore,
    async run({ engine, start }) {
      const command = start()
      await command.printed(/line 3\n/)
      await engine.restart('SIGKILL')
      return command.finished
    },
  },
  {
    trouble: 'dockerd is restarted without live-restore',
    async run({ engine, start }) {
      const command = start(['--init'])
      await command.printed(/line 3\n/)
      await engine.restart('SIGTERM')
      return command.finished
    },
  },
  {
    trouble: 'dockerd stays away longer than `--engine-grace 1s`',
    flags: liveRestore,
    async run({ engine, start }) {
      const command = start(['--engine-grace', '1s'])
      await command.printed(/line 3\n/)
      await engine.kill('SIGKILL')
      const end = await command.finished
      await engine.start()
      return end
    },
  },
  {
    trouble: '… and the same command again, once dockerd is back',
    flags: liveRestore,
    async run(stage) {
      const command = stage.start(['--engine-grace', '1s'])
      await command.printed(/line 3\n/)
      await stage.engine.kill('SIGKILL')
      await command.finished
      await stage.engine.start()
      return again(stage)
    },
  },
  {
    trouble: '`kill -9` of the runner, and the same command again while the job runs',
    async run(stage) {
      await killed(stage)
      return again(stage)
    },
  },
  {
    trouble: '… and the same command again after the job has ended',
    async run(stage) {
      await killed(stage)
      await stage.user.run(['wait', 'nightly'])
      return again(stage)
    },
  },
  {
    trouble: '… with `--log-driver none`',
    async run(stage) {
      const flags = ['--log-driver', 'none']
      await killed(stage, flags)
      return stage.start(flags).finished
    },
  },
  {
    trouble: 'a second runner with the key and another command',
    async run(stage) {
      await killed(stage)
      return stage.start([], 'echo other').finished
    },
  },
  {
    trouble: '`docker rm -f` by someone else',
    async run({ engine, start }) {
      const command = start()
      await command.printed(/line 3\n/)
      await engineRequest(engine.socket, 'DELETE', '/containers/holdfast-nightly?force=1')
      return command.finished
    },
  },
  {
    trouble: 'SIGTERM to the runner, and the job takes no notice of it; a second SIGTERM',
    async run({ start }) {
      const command = start([], `trap '' TERM; ${script}`)
      await command.printed(/line 2\n/)
      command.kill('SIGTERM')
      await command.printed(/line 4\n/)
      command.kill('SIGTERM')
      return command.finished
    },
  },
  {
    trouble: 'SIGHUP to the runner (its terminal is closed)',
    async run({ start }) {
      const command = start()
      await command.printed(/line 3\n/)
      command.kill('SIGHUP')
      return command.finished
    },
  },
  { trouble: '`--timeout 1s` runs out', run: ({ start }) => start(['--timeout', '1s', '--init']).finished },
  {
    trouble: '`--idle-timeout 1s`, and the job prints nothing for longer',
    run: ({ start }) => start(['--idle-timeout', '1s', '--init'], 'echo line 1; sleep 100').finished,
  },
]

const told: string[] = []
let version = ''
for (const { trouble, flags = [], run } of rows) {
  await using engine = await startEngine({ flags: [...flags] })
  await importBusybox(engine.socket, image)
  ;({ Version: version } = await engineJson<{ Version: string }>(engine.socket, 'GET', '/version'))
  const user = new User(engine.host)
  const start = (more: readonly string[] = [], program = script) =>
    user.start(['run', '--job', 'nightly', ...more, image, 'sh', '-c', program])
  const end = await run({ engine, user, start })
  const left = (await user.run(['ps', '--json'])).text
  told.push(row(trouble, end, JSON.parse(left), engine))
  console.log(told.at(-1))
  user.leave()
}

function row(
  trouble: string,
  { status, text, stderr }: Finished,
  left: ReadonlyArray<{ state: string }>,
  { directory }: TestEngine,
): string {
  const output = text === whole ? 'all, each line once' : lines(text)
  const words = stderr
    .trim()
    .replaceAll(directory, '')
    .replaceAll(/\/tmp\/holdfast-relay-\w+\/relay\.sock/g, '/docker.sock')
    .replaceAll(/\b[\da-f]{12,64}\b/g, 'ID')
    .replaceAll('|', '\\|')
  const said =
    words === ''
      ? ''
      : words
          .split('\n')
          .map(line => `\`${line.replaceAll('`', '')}\``)
          .join('<br>')
  const container = left.length === 0 ? 'removed' : left.map(({ state }) => state).join(', ')
  return `| ${trouble} | ${status} | ${output} | ${container} | ${said} |`
}

function lines(text: string): string {
  const all = text.split('\n').filter(line => line !== '')
  if (all.length === 0) return 'none'
  return all.length === 1 ? `\`${all[0]}\`` : `\`${all[0]}\` to \`${all.at(-1)}\``
}

const table = [
  `Engine ${version}. The job prints \`line 1\` to \`line 10\` in two seconds and ends with status 3.`,
  '',
  '| Trouble | Exit status | Output of the last command | Container afterwards | It says |',
  '|---|---|---|---|---|',
  ...told,
].join('\n')
replaceSection('jobs.md', 'trouble', table)
