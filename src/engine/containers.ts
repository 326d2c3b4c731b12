import { EngineError } from './error.ts'
import { type Http, type Signal, workTimeout } from './http/http.ts'
import type { ApiResponse } from './http/response.ts'
import { segment } from './http/segment.ts'
import {
  boolean,
  exitStatus,
  integer,
  listOf,
  mapOf,
  name,
  nullable,
  number,
  object,
  optional,
  type Shape,
  text,
} from './http/shape.ts'
import { type Attachment, attachment } from './streams/attach.ts'
import { jsonLines } from './streams/json-lines.ts'
import { OutputStream } from './streams/output-stream.ts'
import type {
  ContainerCreated,
  ContainerInspect,
  ContainerSpec,
  ContainerState,
  ContainerSummary,
  PathStat,
  Stats,
  WaitResult,
} from './wire.ts'

const created = object<ContainerCreated>({ Id: name, Warnings: nullable(listOf(text)) })
const inspected = object<ContainerInspect>({
  Id: name,
  Name: optional(text),
  Image: optional(text),
  State: object<ContainerState>({
    Status: optional(text),
    Running: boolean,
    OOMKilled: boolean,
    ExitCode: integer,
    StartedAt: optional(text),
    FinishedAt: optional(text),
  }),
  Config: nullable(object({ Tty: optional(boolean), Labels: nullable(mapOf(text)) })),
})
const summaries = listOf(
  object<ContainerSummary>({
    Id: name,
    Names: nullable(listOf(text)),
    State: optional(text),
    Labels: nullable(mapOf(text)),
  }),
)
const sample = object<Stats>({ read: text })
const pathStatistics = object<PathStat>({
  name: text,
  size: number,
  mode: integer,
  mtime: text,
  linkTarget: text,
})

/** An error that the Engine met while it waited comes beside a status that means nothing. */
const waited: Shape<WaitResult> = (value, at) => {
  const result = object<WaitResult>({ Error: nullable(object({ Message: optional(text) })) })(value, at)
  if (!result.Error?.Message) exitStatus(result.StatusCode, 'StatusCode')
  return result
}

/** The Engine's containers. An id may be a name. */
export function containers(http: Http) {
  const post = (id: string, operation: string, request: object) =>
    http.done({ method: 'POST', path: path(id, operation), ...request })
  const inspect = (id: string, { signal }: Signal = {}): Promise<ContainerInspect> =>
    http.json({ method: 'GET', path: path(id, '/json'), signal }, inspected)
  const ttyOf = async (id: string, signal: AbortSignal | undefined) =>
    (await inspect(id, { signal })).Config.Tty
  return {
    /** `platform` is `os/arch[/variant]`. */
    async create(
      spec: ContainerSpec,
      { name, platform, signal }: Signal & { name?: string | undefined; platform?: string | undefined } = {},
    ): Promise<ContainerCreated> {
      if (spec.Image === '') throw new EngineError('usage', 'a container needs an image')
      const query = { name, platform }
      return http.json(
        {
          method: 'POST',
          path: '/containers/create',
          query,
          json: spec,
          headersTimeout: workTimeout,
          signal,
        },
        created,
      )
    },
    inspect,
    async list({
      all,
      filters,
      signal,
    }: Signal & { all?: boolean; filters?: Record<string, string[]> } = {}): Promise<ContainerSummary[]> {
      return http.json(
        { method: 'GET', path: '/containers/json', query: { all, filters }, signal },
        summaries,
      )
    },
    /** Succeeds when the container is running already. */
    start: (id: string, { signal }: Signal = {}): Promise<void> =>
      post(id, '/start', { headersTimeout: workTimeout, signal }),
    /**
     * A connection to the container's streams, open when this resolves. `tty` is what the container was made with; without it
     * the container is inspected. `logs` gives what was printed before, too. `detachKeys` replaces the Engine's Ctrl-P Ctrl-Q, as `ctrl-a,ctrl-b`.
     */
    async attach(
      id: string,
      {
        tty,
        stdin,
        logs,
        detachKeys,
        signal,
      }: Signal & { tty?: boolean | undefined; stdin?: boolean; logs?: boolean; detachKeys?: string } = {},
    ): Promise<Attachment> {
      const terminal = tty ?? (await ttyOf(id, signal))
      const query = { stream: true, stdout: true, stderr: true, stdin, logs, detachKeys }
      const request = { method: 'POST', path: path(id, '/attach'), query, upgrade: true } as const
      // Podman creates the container's process here.
      const response = await http.send({ ...request, headersTimeout: workTimeout, signal })
      return attachment(response, { tty: terminal, stdin: stdin ?? false })
    },
    /**
     * The container's log. `tty` is what the container was made with; without it the container is inspected. `since` and `until` are
     * seconds since 1970, as `1700000000.000000001`, and inclusive.
     */
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
        tty?: boolean | undefined
        follow?: boolean
        since?: string
        until?: string
        tail?: number
        timestamps?: boolean
      } = {},
    ): Promise<OutputStream> {
      const terminal = tty ?? (await ttyOf(id, signal))
      const query = { stdout: true, stderr: true, follow, since, until, tail, timestamps }
      const { body } = await http.send({ method: 'GET', path: path(id, '/logs'), query, signal })
      return new OutputStream(body, { tty: terminal, close: () => body.cancel() })
    },
    /**
     * Resolves when the Engine has begun to wait; `exit` resolves once the container has ended.
     * `not-running` holds for a container that was never started: send `next-exit` before the start.
     */
    async wait(
      id: string,
      { condition, signal }: Signal & { condition?: 'not-running' | 'next-exit' | 'removed' } = {},
    ): Promise<{ exit: Promise<WaitResult> }> {
      const request = { method: 'POST', path: path(id, '/wait'), query: { condition } } as const
      const response = await http.send({ ...request, headersTimeout: workTimeout, signal })
      const exit = response.read(waited)
      // Prevents an unhandled rejection when the caller drops `exit`.
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
    /** The container's use of CPU and memory, about once a second. */
    async stats(id: string, { signal }: Signal = {}): Promise<AsyncIterable<Stats>> {
      const query = { stream: true }
      return jsonLines(await http.send({ method: 'GET', path: path(id, '/stats'), query, signal }), sample)
    },
    /** Removes the container, its anonymous volumes too with `volumes`; a running one only with `force`. */
    async remove(
      id: string,
      { force, volumes, signal }: Signal & { force?: boolean; volumes?: boolean } = {},
    ): Promise<void> {
      const query = { force, v: volumes }
      await http.done({ method: 'DELETE', path: path(id), query, headersTimeout: workTimeout, signal })
    },
    /** A path inside the container as a tar archive. */
    async getArchive(
      id: string,
      from: string,
      { signal }: Signal = {},
    ): Promise<{ stat: PathStat; archive: AsyncIterable<Uint8Array> }> {
      const query = { path: from }
      const response = await http.send({ method: 'GET', path: path(id, '/archive'), query, signal })
      try {
        return { stat: pathStat(response), archive: response.body }
      } catch (error) {
        response.cancel()
        throw error
      }
    },
    /**
     * Unpacks a tar archive into a folder of the container. With `noOverwriteDirNonDir` the Engine refuses to replace a
     * folder by a file, or a file by a folder.
     */
    async putArchive(
      id: string,
      to: string,
      archive: Uint8Array | AsyncIterable<Uint8Array>,
      { noOverwriteDirNonDir, signal }: Signal & { noOverwriteDirNonDir?: boolean } = {},
    ): Promise<void> {
      const headers = { 'content-type': 'application/x-tar' }
      const query = { path: to, noOverwriteDirNonDir }
      const request = { method: 'PUT', path: path(id, '/archive'), query, headers } as const
      await http.done({ ...request, body: archive, headersTimeout: 0, signal })
    },
    /** Type, size and time of a path inside the container. */
    async statPath(id: string, at: string, { signal }: Signal = {}): Promise<PathStat> {
      const query = { path: at }
      return pathStat(await http.send({ method: 'HEAD', path: path(id, '/archive'), query, signal }))
    },
  }
}

function path(id: string, operation = ''): string {
  return `/containers/${segment(id, 'a container')}${operation}`
}

function pathStat(response: ApiResponse): PathStat {
  const { 'x-docker-container-path-stat': header } = response.headers
  let stat: unknown
  try {
    stat = JSON.parse(Buffer.from(String(header), 'base64').toString('utf8'))
  } catch {
    stat = undefined
  }
  return response.checked(pathStatistics, stat)
}

// Without a grace period the container's own counts, which is not known here.
function stopTimeout(grace: number | undefined): number {
  return grace === undefined ? 0 : grace * 1000 + 120_000
}
