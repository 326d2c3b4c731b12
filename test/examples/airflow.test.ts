import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import { cassette, replay } from '../../src/replay/index.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { has, holdfast, isBuilt, path, recorded, recordingOf, root } from './example.ts'

const folders = [join(import.meta.dirname, 'airflow'), join(root, 'examples/airflow')]
const batch = { image: 'busybox:1', command: ['sh', '-c', 'echo 1204 records written'], holdfast }

/** A worker that is killed leaves its files there. */
const temporary = mkdtempSync(join(tmpdir(), 'holdfast-airflow-'))
afterAll(() => rmSync(temporary, { recursive: true }))

function python(host: string, args: readonly string[]) {
  const env = {
    PATH: path,
    PYTHONPATH: folders.join(':'),
    PYTHONDONTWRITEBYTECODE: '1',
    TMPDIR: temporary,
    DOCKER_HOST: host,
  }
  return spawn('python3', args, { env })
}

/** A worker that runs a task with the operator. */
function worker(host: string, options: object) {
  return python(host, [join(import.meta.dirname, 'airflow/task.py'), JSON.stringify(options)])
}

async function task(host: string, options: object = batch): Promise<{ ending: unknown; log: string }> {
  const child = worker(host, options)
  const [stdout, log] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { ending: JSON.parse(stdout), log }
}

describe.skipIf(!isBuilt || !has('python3'))('HoldfastOperator', () => {
  test('logs what the container prints, and returns the result', async () => {
    await using engine = await cassette(recordingOf('airflow'))
    const { ending, log } = await task(engine.host, { ...batch, result: 'last-line' })
    expect(ending).toEqual({ returned: '1204 records written' })
    expect(log).toBe('1204 records written\n')
    await engine.verify()
  })

  test('leaves a job that fails to the retries of the task', async () => {
    await using engine = await replay(recorded('airflow').exit(3).recording)
    expect((await task(engine.host)).ending).toMatchObject({
      raised: 'AirflowException',
      message: expect.stringMatching(/^exit: /),
    })
  })

  test('skips a task whose job had nothing to do', async () => {
    await using engine = await replay(recorded('airflow').exit(99).recording)
    expect((await task(engine.host)).ending).toMatchObject({ raised: 'AirflowSkipException' })
  })

  test('fails without a retry where the Engine refuses the container', async () => {
    const refusing = recorded('airflow').refuse('POST /containers/create', 400, 'no command')
    await using engine = await replay(refusing.recording, { loose: true })
    expect((await task(engine.host)).ending).toMatchObject({
      raised: 'AirflowFailException',
      message: expect.stringMatching(/^create-failed: /),
    })
  })

  test('fails without a retry where a flag is wrong', async () => {
    const { ending, log } = await task('unix:///no/such/socket', { ...batch, flags: ['--memroy', '1g'] })
    expect(ending).toMatchObject({ raised: 'AirflowFailException' })
    expect(log).toContain('Did you mean --memory?')
  })

  test('leaves an Engine that is away to the retries of the task', async () => {
    expect((await task('unix:///no/such/socket')).ending).toMatchObject({
      raised: 'AirflowException',
      message: expect.stringMatching(/^engine-unreachable: /),
    })
  })

  test('passes variables without arguments of the process', async () => {
    await using engine = await FakeEngine.start({ images: ['busybox:1'] })
    const environment = { KEY: 'a secret\nof two lines', DAY: '2026-11-23' }
    expect((await task(engine.host, { ...batch, environment })).ending).toEqual({ returned: null })
    expect(JSON.parse((await engine.seen('create')).body).Env).toEqual([
      'KEY=a secret\nof two lines',
      'DAY=2026-11-23',
    ])
  })

  test.each([
    ['stops the container with its stop signal', {}, 143],
    ['kills a container that does not end in time', { stop_timeout: 0.2 }, 137],
  ])('on_kill %s', async (_, options, status) => {
    const signals: string[] = []
    await using engine = await FakeEngine.start({
      images: ['busybox:1'],
      program: async self => {
        const signal = self.signal()
        await self.out('ready\n')
        signals.push(await signal)
        return status === 143 ? status : new Promise(() => undefined)
      },
    })
    const child = worker(engine.host, { ...batch, ...options })
    await logged(child, 'ready')
    const [container] = engine.containers
    child.kill('SIGTERM')
    expect(JSON.parse(await text(child.stdout))).toEqual({ raised: 'Terminated', message: 'SIGTERM' })
    expect(signals).toEqual(['SIGTERM'])
    expect(container).toMatchObject({ status: 'exited', exitCode: status })
    expect(engine.containers).toEqual([])
  })

  test('a worker that is killed leaves the container to the next try, which has its output from the start', async () => {
    const { promise: more, resolve: goOn } = Promise.withResolvers<void>()
    await using engine = await FakeEngine.start({
      images: ['busybox:1'],
      program: async self => {
        await self.out('ready\n')
        await more
        await self.out('done\n')
      },
    })
    const child = worker(engine.host, batch)
    await logged(child, 'ready')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const next = task(engine.host)
    await engine.seen('wait', 2)
    goOn()
    expect(await next).toMatchObject({ ending: { returned: null }, log: 'ready\ndone\n' })
    expect(engine.requests.filter(({ operation }) => operation === 'start')).toHaveLength(1)
  })

  test('the DAG of the example makes its task', async () => {
    const show = 'import nightly_dag as dag; print(dag.HoldfastOperator.template_fields)'
    expect(await text(python('', ['-c', show]).stdout)).toContain("'environment'")
  })
})

async function logged(child: ReturnType<typeof worker>, line: string): Promise<void> {
  let log = ''
  for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
    log += chunk
    if (log.includes(`${line}\n`)) return
  }
  throw new Error(`the worker did not log ${line}: ${log}`)
}
