import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { styleText } from 'node:util'
import { type RequestReport, run } from '../../src/index.ts'

interface Scene {
  host: string
  image: string
  registry: string
  asked?: () => number
}

const paint = (style: Parameters<typeof styleText>[0], words: string) =>
  styleText(style, words, { stream: process.stdout })
const title = (words: string) => console.log(paint('bold', words))
const credentials = { username: 'batch', password: 'correct horse' }

/** Runs the job and tells what happened, then what the order of others would have met. */
export async function tell({ host, image, registry, asked }: Scene): Promise<void> {
  title('A private registry answers 500 to everything. The image is on the machine.')
  console.log(`  ${image}\n`)
  title('holdfast runs the job')
  const { outcome, audit } = await job(host, image)
  console.log()
  row(
    'outcome',
    paint('green', outcome.kind),
    `exit status ${outcome.exitCode}, ${Math.round(outcome.duration)} ms`,
  )
  row(
    'registry',
    outcome.registry.contacted ? paint('red', 'asked') : 'not asked',
    asked ? `${asked()} requests reached it` : '',
  )
  row('image', `${outcome.image?.id.slice(0, 19)}…`, outcome.image?.platform ?? '')
  console.log()
  title('Every request that was made, all of them to the Engine')
  for (const { method, path, status, ms } of audit) {
    const shown = path.replace(/([0-9a-f]{12})[0-9a-f]{52}/, '$1')
    console.log(`  ${method.padEnd(6)} ${String(status).padEnd(3)} ${ms.toFixed(1).padStart(7)} ms  ${shown}`)
  }
  console.log()
  title('What a login before the run would have met: POST /auth')
  const { status, body } = await login(host, registry)
  console.log(`  ${paint('red', String(status))} ${body.trim()}`)
  console.log('  A scheduler that logs in as it opens its client ends here: the job never starts.')
}

function row(name: string, value: string, remark: string): void {
  console.log(`  ${name.padEnd(9)} ${value}${remark === '' ? '' : `, ${remark}`}`)
}

async function job(host: string, image: string) {
  const audit: RequestReport[] = []
  const listen = (message: unknown) => audit.push(message as RequestReport)
  const config = mkdtempSync(join(tmpdir(), 'holdfast-demo-'))
  writeFileSync(
    join(config, 'config.json'),
    JSON.stringify({ auths: { [image.split('/')[0] ?? '']: { auth: btoa('batch:correct horse') } } }),
  )
  subscribe('holdfast:engine:request', listen)
  try {
    const job = run({ engine: host, image, config })
    for await (const { stream, text: line } of job) console.log(`  ${paint('dim', `${stream} │`)} ${line}`)
    return { outcome: await job, audit }
  } finally {
    unsubscribe('holdfast:engine:request', listen)
    rmSync(config, { recursive: true })
  }
}

// By hand: holdfast's own client refuses to send it.
async function login(host: string, registry: string): Promise<{ status: number | undefined; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>()
  const where = host.startsWith('unix://')
    ? { socketPath: host.slice(7) }
    : { host: URL.parse(host)?.hostname, port: URL.parse(host)?.port }
  request({ ...where, method: 'POST', path: '/auth', headers: { 'content-type': 'application/json' } })
    .on('response', response =>
      text(response).then(body => resolve({ status: response.statusCode, body }), reject),
    )
    .on('error', reject)
    .end(JSON.stringify({ ...credentials, serveraddress: `http://${registry}/v2/` }))
  return promise
}
