import fs from 'node:fs'
import util from 'node:util'
import { run } from '../../src/cli/commands/run.ts'
import { runRequest } from '../../src/cli/commands/run-request.ts'
import { parse } from '../../src/cli/grammar.ts'
import { checkRunOptions } from '../../src/run/check-options.ts'
import { createBody } from '../../src/run/container/body.ts'
import type { RunOptions } from '../../src/run/options.ts'
import { world } from '../cli/world.ts'
import { variablesAndArguments } from './airflow.ts'

/** The content of vars.env in examples. */
const variables = 'A=1\nB=two words\n'

/** The create body of a run, and the options that are not part of it. */
interface Asked {
  body: object
  options: object
}

const compared = [
  'image',
  'name',
  'platform',
  'pull',
  'remove',
  'result',
  'skipExitCodes',
  'timeout',
  'engineGrace',
  'secrets',
  'tmpDir',
] as const satisfies ReadonlyArray<keyof RunOptions>

function asked(request: RunOptions): Asked {
  checkRunOptions(request)
  const body = JSON.parse(JSON.stringify(createBody(request, {})))
  return {
    body: { ...body, Env: body.Env?.toSorted() },
    options: Object.fromEntries(compared.map(name => [name, request[name]])),
  }
}

/** What `holdfast run` asks for with these words. */
export function askedByCommand(line: string): Asked {
  const { env, argv } = variablesAndArguments(line)
  const context = world({ HOME: '/root', ...env }, { '/work/dir/vars.env': variables })
  const given = parse(
    run,
    argv.some(word => word.includes('batch:1.4')) ? argv : [...argv, 'batch:1.4'],
    context,
  )
  if (given === 'help') throw new Error('got help')
  const { engine } = given.flags
  if (engine.host !== undefined) env.HOSTS = String(engine.host)
  return withEngine(asked(runRequest(given.flags, given.operands)), env)
}

/** What `run()` asks for with these fields. */
export function askedByLibrary(fields: string): Asked {
  const files = { ...fs, readFileSync: () => variables }
  const options: RunOptions = new Function('fs', 'util', `return { image: 'batch:1.4', ${fields} }`)(
    files,
    util,
  )
  const { engine } = options
  const env: Record<string, string> = {}
  if (Array.isArray(engine)) env.HOSTS = String(engine)
  else if (typeof engine === 'object' && 'env' in engine) Object.assign(env, engine.env)
  else if (typeof engine === 'object' && 'tls' in engine) {
    env.DOCKER_CERT_PATH = '/certs'
    env[engine.tls?.verify === false ? 'DOCKER_TLS' : 'DOCKER_TLS_VERIFY'] = '1'
  }
  return withEngine(asked(options), env)
}

/** The Engine is named by variables, flags or an option. */
function withEngine({ body, options }: Asked, env: Record<string, string>): Asked {
  return { body, options: { ...options, env } }
}
