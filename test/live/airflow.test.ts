import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { examples, variablesAndArguments, withImage } from '../docs/airflow.ts'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'

/* The examples of docs/airflow.md on a real Engine. */

const page = readFileSync(join(import.meta.dirname, '../../docs/airflow.md'), 'utf8')
/** Parameters whose example needs what this machine may lack, and what. */
const needs: Record<string, string> = {
  device_requests: 'a GPU',
  privileged: 'all capabilities',
  tls_ca_cert: 'an Engine behind TLS',
  tls_client_cert: 'an Engine behind TLS',
  tls_client_key: 'an Engine behind TLS',
  tls_verify: 'an Engine behind TLS',
}

let engine: TestEngine
let user: User

beforeAll(async () => {
  engine = await startEngine({ bridge: true })
  await importBusybox(engine.socket, 'registry.example.com/team/batch:1.4')
})

afterAll(() => engine?.stop())

beforeEach(() => {
  user = new User(engine.host)
  user.write('vars.env', 'A=1\n')
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

const rows = examples(page).filter(({ parameter, command }) => command !== undefined && !(parameter in needs))

/** The example with what this machine has. */
function here(argv: readonly string[]): string[] {
  return argv.map(word => {
    if (word === 'tcp://a:2376') return 'unix:///none/such.sock'
    if (word === 'tcp://b:2376') return engine.host
    if (word === 'always') return 'missing'
    return word === 'vars.env' ? user.path(word) : word
  })
}

/** Warnings of a host that does not answer, and of an Engine of another release, which has files of its own. */
const expected = /^holdfast: warning: the Engine (at unix:\/\/\/none|does not see )/

/** What the example's command does in the image of the test, which has no python. */
const result = 'mkdir -p /out 2>/dev/null && echo 7 >/out/result.json; echo done'

describe('each example runs', () => {
  it.each(rows)('$parameter: $command', async ({ command = '' }) => {
    const { env, argv } = variablesAndArguments(command)
    const whole = withImage(here(argv), 'registry.example.com/team/batch:1.4')
    const python = whole.indexOf('python')
    const script = python < 0 ? whole : whole.toSpliced(python, whole.length, 'sh', '-c', result)
    const run = script.at(-1) === 'true' ? [...script.slice(0, -1), 'sh', '-c', result] : script
    const { status, stderr } = await user.run(['run', ...run], { env: { ...env, TOKEN: 'a-secret-token' } })
    const problems = stderr.split('\n').filter(line => line !== '' && !expected.test(line))
    expect([status, problems]).toEqual([0, []])
  })
})
