import { Agent, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { type ArchiveEntry, readArchive, writeArchive } from '../../src/replay/bytes/archive.ts'
import { FrameReader } from '../../src/replay/bytes/frames.ts'

/** A client of the Engine that shares nothing with holdfast's own. */
export class Docker implements Disposable {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #socketPath: string

  constructor(host: string) {
    this.#socketPath = host.replace('unix://', '')
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  /** The answer, whatever its status. A body that is no buffer is sent as JSON. */
  async ask(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<IncomingMessage> {
    const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    const type =
      body === undefined
        ? {}
        : { 'content-type': Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json' }
    return new Promise((resolve, reject) => {
      request(
        { socketPath: this.#socketPath, agent: this.#agent, method, path, headers: { ...type, ...headers } },
        resolve,
      )
        .on('error', reject)
        .end(bytes)
    })
  }

  /** The answer's body as text. @throws what the Engine says when it refuses. */
  async text(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<string> {
    const answer = await this.ask(method, path, body, headers)
    const said = await text(answer)
    if ((answer.statusCode ?? 500) >= 400) throw new Error(JSON.parse(said).message)
    return said
  }

  async json<T>(method: string, path: string, body?: object): Promise<T> {
    return JSON.parse((await this.text(method, path, body)) || 'null')
  }

  /** What a container prints, from before its start to its end. */
  async attach(id: string, stdin?: string): Promise<() => Promise<Record<string, string>>> {
    const path = `/v1.41/containers/${id}/attach?stream=1&stdout=1&stderr=1${stdin === undefined ? '' : '&stdin=1'}`
    const headers = { connection: 'Upgrade', upgrade: 'tcp' }
    const [socket, early] = await new Promise<[Socket, Buffer]>((resolve, reject) => {
      request({ socketPath: this.#socketPath, method: 'POST', path, headers })
        .on('upgrade', (_, socket, early) => resolve([socket, early]))
        .on('response', answer => text(answer).then(said => reject(new Error(said)), reject))
        .on('error', reject)
        .end()
    })
    if (stdin !== undefined) socket.end(stdin)
    return async () => {
      const reader = new FrameReader()
      const printed: Record<string, string> = { stdout: '', stderr: '' }
      const take = (bytes: Buffer) => {
        for (const { stream, bytes: own } of reader.push(bytes) ?? []) printed[stream] += own.toString()
      }
      take(early)
      for await (const bytes of socket) take(bytes)
      return printed
    }
  }
}

/** A job: what is run, and what comes of it. */
export interface Job {
  create: object
  name?: string
  input?: ArchiveEntry[]
  stdin?: string
  /** Milliseconds after which it is stopped. */
  timeout?: number
  /** What is copied out of it. */
  output?: string
  /** The input is put into it only once it runs. */
  startFirst?: boolean
  /** Requests wait that long before they go out. */
  pause?(): Promise<unknown>
}

export interface Result {
  status: number
  timedOut: boolean
  stdout: string
  stderr: string
  files?: string[]
  log?: string
}

export async function runJob(docker: Docker, job: Job): Promise<Result> {
  const { name, input, stdin, timeout, output, startFirst = false, pause = async () => undefined } = job
  await pause()
  const named = name === undefined ? '' : `?name=${name}`
  const { Id } = await docker.json<{ Id: string }>('POST', `/v1.41/containers/create${named}`, job.create)
  const at = `/v1.41/containers/${Id}`
  await pause()
  const put = async () =>
    input !== undefined && docker.text('PUT', `${at}/archive?path=/`, writeArchive(input))
  if (!startFirst) await put()
  const [printed, waited] = await Promise.all([
    docker.attach(Id, stdin),
    docker.ask('POST', `${at}/wait?condition=next-exit`),
  ])
  await pause()
  await docker.text('POST', `${at}/start`)
  if (startFirst) await put()
  let timedOut = false
  const timer =
    timeout &&
    setTimeout(() => {
      timedOut = true
      docker.text('POST', `${at}/stop?t=0`).catch(() => undefined)
    }, timeout)
  const [{ stdout = '', stderr = '' }, exit] = await Promise.all([printed(), text(waited)])
  clearTimeout(timer)
  await pause()
  const { State } = await docker.json<{ State: { ExitCode: number } }>('GET', `${at}/json`)
  const log = await docker.text('GET', `${at}/logs?stdout=1&stderr=1&timestamps=1`)
  const archive = output === undefined ? undefined : await docker.ask('GET', `${at}/archive?path=${output}`)
  const entries = archive && readArchive(Buffer.concat(await archive.toArray()))
  await docker.text('DELETE', `${at}?force=1&v=1`)
  const { StatusCode } = JSON.parse(exit)
  if (StatusCode !== State.ExitCode) throw new Error(`wait says ${StatusCode}, inspect ${State.ExitCode}`)
  return {
    status: StatusCode,
    timedOut,
    stdout,
    stderr,
    log: [...log.matchAll(/Z (.*)$/gm)]
      .map(([, line]) => line)
      .sort()
      .join('|'),
    ...(entries && { files: entries.map(({ name, text }) => `${name}=${text}`) }),
  }
}

const file = (name: string, content: string): ArchiveEntry => ({
  name,
  mode: '644',
  mtime: new Date().toISOString(),
  text: content,
})

/** How the app is changed, to see whether its replay notices. */
export interface Change {
  create?: object
  host?: object
  image?: string
  input?: ArchiveEntry[]
  stdin?: string
  extra?: boolean
  leaveOut?: boolean
  startFirst?: boolean
  tag?: string
}

/** The images that the app pulls. */
export interface Images {
  one: string
  other: string
}

/** A team's small app: it checks and pulls its images, runs three jobs with files in and out, and tidies up. */
export async function app(host: string, { one, other }: Images, change: Change = {}): Promise<unknown> {
  using docker = new Docker(host)
  await docker.ask('GET', '/_ping')
  const { ApiVersion } = await docker.json<{ ApiVersion: string }>('GET', '/v1.41/version')
  const pulled: string[] = []
  for (const image of [one, other]) {
    const there = await docker.ask('GET', `/v1.41/images/${image}/json`)
    there.resume()
    if (there.statusCode !== 404) throw new Error(`${image} is local already`)
    const [repo = '', tag = ''] = image.split(/:(?=[^/]*$)/)
    const query = new URLSearchParams({ fromImage: repo, tag: change.tag ?? tag })
    const auth = Buffer.from(JSON.stringify({ username: 'alice', password: 'open>>>sesame???' }))
      .toString('base64')
      .replaceAll('+', '-')
      .replaceAll('/', '_')
    const progress = await docker.text('POST', `/v1.41/images/create?${query}`, undefined, {
      'x-registry-auth': auth,
    })
    pulled.push(...[...progress.matchAll(/"status":"(Status: [^"]*)"/g)].map(([, status = '']) => status))
    await docker.json('GET', `/v1.41/images/${image}/json`)
    await docker.json('GET', `/v1.41/images/${image}/history`)
  }
  await docker.json('POST', '/v1.41/volumes/create', { Name: 'team-cache', Labels: { team: 'data' } })
  const filters = JSON.stringify({ label: ['team=data'] })
  const list = () =>
    docker.json<unknown[]>('GET', `/v1.41/containers/json?all=1&filters=${encodeURIComponent(filters)}`)
  const base = {
    Image: change.image ?? one,
    Env: ['DAY=2026-11-23', 'MODE=fast'],
    Labels: { team: 'data' },
    HostConfig: {
      NetworkMode: 'none',
      Memory: 64 * 1024 * 1024,
      Binds: ['/etc:/host-etc:ro'],
      ...change.host,
    },
  }
  const shell = (script: string) => ['sh', '-c', script]
  const left: number[] = [(await list()).length]
  const first = await runJob(docker, {
    name: 'team-load',
    create: {
      ...base,
      Cmd: shell('cat /input/a.txt; echo loaded >&2; mkdir /out; sort /input/a.txt > /out/sorted.txt'),
      ...change.create,
    },
    input: change.input ?? [file('input/a.txt', 'b\na\n')],
    output: '/out',
    startFirst: change.startFirst ?? false,
  })
  left.push((await list()).length)
  const second = await runJob(docker, {
    name: 'team-count',
    create: { ...base, OpenStdin: true, StdinOnce: true, AttachStdin: true, Cmd: shell('wc -l; exit 3') },
    stdin: change.stdin ?? 'one\ntwo\n',
  })
  left.push((await list()).length)
  if (change.extra) await docker.json('GET', '/v1.41/info')
  const third = await runJob(docker, {
    name: 'team-last',
    create: { ...base, Image: other, Cmd: shell('seq 1 2000') },
  })
  if (!change.leaveOut) left.push((await list()).length)
  await docker.text('DELETE', '/v1.41/volumes/team-cache')
  await docker.text('DELETE', `/v1.41/images/${one}?force=1`)
  await docker.text('DELETE', `/v1.41/images/${other}?force=1`)
  return {
    ApiVersion,
    pulled,
    left,
    jobs: [first, second, { ...third, stdout: third.stdout.length, log: third.log?.length }],
  }
}

/** Jobs at the same time: each prints its own number, and exits with it. */
export async function jobsAtOnce(
  host: string,
  count: number,
  pause?: () => Promise<unknown>,
): Promise<Result[]> {
  using docker = new Docker(host)
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      runJob(docker, {
        create: {
          Image: 'holdfast/busybox:1',
          Cmd: ['sh', '-c', `echo job ${index}; echo error ${index} >&2; exit ${index}`],
          HostConfig: { NetworkMode: 'none' },
        },
        ...(pause && { pause }),
      }),
    ),
  )
}

/** A pause of up to so many milliseconds. */
export const upTo = (milliseconds: number) => () => delay(Math.random() * milliseconds)
