import { EngineError } from './error.ts'
import type { Http } from './http/http.ts'
import { type Attachment, attachment } from './streams/attach.ts'
import { jsonLines } from './streams/json-lines.ts'
import { OutputStream } from './streams/output-stream.ts'
import type {
  ContainerCreated,
  ContainerInspect,
  ContainerSpec,
  ContainerSummary,
  PathStat,
  Stats,
  WaitResult,
} from './wire.ts'

interface Signal {
  signal?: AbortSignal | undefined
}

/** Milliseconds for what the Engine works on before it answers: a volume on a network, a large image to copy up. */
const workTimeout = 600_000

/** The Engine's containers. An id may be a name. */
export function containers(http: Http) {
  const post = async (id: string, operation: string, request: object) => {
    ;(await http.send({ method: 'POST', path: path(id, operation), ...request })).cancel()
  }
  return {
    /** `platform` is `os/arch[/variant]`. */
    async create(
      spec: ContainerSpec,
      { name, platform, signal }: Signal & { name?: string | undefined; platform?: string | undefined } = {},
    ): Promise<ContainerCreated> {
      if (spec.Image === '') throw new EngineError('usage', 'a container needs an image')
      return (
        await http.send({
          method: 'POST',
          path: '/containers/create',
          query: { name, platform },
          json: spec,
          headersTimeout: workTimeout,
          signal,
        })
      ).json()
    },
    async inspect(id: string, { signal }: Signal = {}): Promise<ContainerInspect> {
      return (await http.send({ method: 'GET', path: path(id, '/json'), signal })).json()
    },
    async list({
      all,
      filters,
      signal,
    }: Signal & { all?: boolean; filters?: Record<string, string[]> } = {}): Promise<ContainerSummary[]> {
      return (
        await http.send({ method: 'GET', path: '/containers/json', query: { all, filters }, signal })
      ).json()
    },
    /** Succeeds when the container runs already. */
    start: (id: string, { signal }: Signal = {}): Promise<void> =>
      post(id, '/start', { headersTimeout: workTimeout, signal }),
    /**
     * A connection to the container's streams, open when this resolves. `tty` must be what the container was made with.
     * `logs` gives what was printed before, too. `detachKeys` replaces the Engine's Ctrl-P Ctrl-Q, as `ctrl-a,ctrl-b`.
     */
    async attach(
      id: string,
      {
        tty,
        stdin,
        logs,
        detachKeys,
        signal,
      }: Signal & { tty: boolean; stdin?: boolean; logs?: boolean; detachKeys?: string },
    ): Promise<Attachment> {
      const query = { stream: true, stdout: true, stderr: true, stdin, logs, detachKeys }
      return attachment(
        await http.send({ method: 'POST', path: path(id, '/attach'), query, upgrade: true, signal }),
        { tty, stdin: stdin ?? false },
      )
    },
    /** What a container printed. `since` and `until` are seconds since 1970, as `1700000000.000000001`, and inclusive. */
    async logs(
      id: string,
      {
        tty,
        follow,
        since,
        until,
        tail,
        timestamps,
        signal,
      }: Signal & {
        tty: boolean
        follow?: boolean
        since?: string
        until?: string
        tail?: number
        timestamps?: boolean
      },
    ): Promise<OutputStream> {
      const query = { stdout: true, stderr: true, follow, since, until, tail, timestamps }
      const { body } = await http.send({ method: 'GET', path: path(id, '/logs'), query, signal })
      return new OutputStream(body, { tty, close: () => body.cancel() })
    },
    /**
     * Resolves when the Engine has begun to wait; `exit` then gives the answer, once the container has ended.
     * `not-running` is true of a container that was never started: register `next-exit` before the start.
     */
    async wait(
      id: string,
      { condition, signal }: Signal & { condition?: 'not-running' | 'next-exit' | 'removed' } = {},
    ): Promise<{ exit: Promise<WaitResult> }> {
      const answer = await http.send({
        method: 'POST',
        path: path(id, '/wait'),
        query: { condition },
        signal,
      })
      const exit = answer.json<WaitResult>()
      // Whoever waits meets the failure; who left before must not be shot for it.
      exit.catch(() => undefined)
      return { exit }
    },
    /** Sends the stop signal, and the kill after `grace` seconds. Succeeds when the container has ended already. */
    stop: (id: string, { grace, signal }: Signal & { grace?: number } = {}): Promise<void> =>
      post(id, '/stop', { query: { t: grace }, headersTimeout: stopTimeout(grace), signal }),
    /** `signalName` as `SIGTERM`. Default SIGKILL. */
    kill: (id: string, { signalName, signal }: Signal & { signalName?: string } = {}): Promise<void> =>
      post(id, '/kill', { query: { signal: signalName }, signal }),
    /** Sets the size of the container's terminal, in characters. */
    resize: (
      id: string,
      { rows, columns, signal }: Signal & { rows: number; columns: number },
    ): Promise<void> => post(id, '/resize', { query: { h: rows, w: columns }, signal }),
    /** How much a container uses, about every second. */
    async stats(id: string, { signal }: Signal = {}): Promise<AsyncIterable<Stats>> {
      const answer = await http.send({
        method: 'GET',
        path: path(id, '/stats'),
        query: { stream: true },
        signal,
      })
      return jsonLines<Stats>(answer, 'GET /containers/{id}/stats')
    },
    /** Removes the container, its anonymous volumes too with `volumes`; a running one only with `force`. */
    async remove(
      id: string,
      { force, volumes, signal }: Signal & { force?: boolean; volumes?: boolean } = {},
    ): Promise<void> {
      const query = { force, v: volumes }
      const request = {
        method: 'DELETE',
        path: path(id),
        query,
        headersTimeout: workTimeout,
        signal,
      } as const
      ;(await http.send(request)).cancel()
    },
    /** A path inside the container as a tar archive. */
    async getArchive(
      id: string,
      from: string,
      { signal }: Signal = {},
    ): Promise<{ stat: PathStat; archive: AsyncIterable<Uint8Array> }> {
      const answer = await http.send({
        method: 'GET',
        path: path(id, '/archive'),
        query: { path: from },
        signal,
      })
      try {
        return { stat: pathStat(answer.headers), archive: answer.body }
      } catch (error) {
        answer.cancel()
        throw error
      }
    },
    /** Unpacks a tar archive into a folder of the container. */
    async putArchive(
      id: string,
      to: string,
      archive: AsyncIterable<Uint8Array>,
      { signal }: Signal = {},
    ): Promise<void> {
      const headers = { 'content-type': 'application/x-tar' }
      const query = { path: to }
      ;(
        await http.send({
          method: 'PUT',
          path: path(id, '/archive'),
          query,
          headers,
          body: archive,
          headersTimeout: 0,
          signal,
        })
      ).cancel()
    },
    /** What a path inside the container is. */
    async statPath(id: string, at: string, { signal }: Signal = {}): Promise<PathStat> {
      return pathStat(
        (await http.send({ method: 'HEAD', path: path(id, '/archive'), query: { path: at }, signal }))
          .headers,
      )
    },
  }
}

function path(id: string, operation = ''): string {
  // The Engine cleans dots and doubled slashes out of a path: it would be another operation.
  if (/^\.{0,2}$/.test(id)) throw new EngineError('usage', `${JSON.stringify(id)} is no container`)
  return `/containers/${encodeURIComponent(id)}${operation}`
}

function pathStat(headers: Readonly<Record<string, string | string[] | undefined>>): PathStat {
  const { 'x-docker-container-path-stat': header } = headers
  try {
    return JSON.parse(Buffer.from(String(header), 'base64').toString('utf8'))
  } catch (cause) {
    throw new EngineError('bad-answer', 'the Engine did not tell what the path is', { cause })
  }
}

// Without a grace the container's own holds, which we don't know.
function stopTimeout(grace: number | undefined): number {
  return grace === undefined ? 0 : grace * 1000 + 120_000
}
