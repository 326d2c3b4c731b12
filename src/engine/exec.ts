import { type Http, type Signal, workTimeout } from './http/http.ts'
import { segment } from './http/segment.ts'
import { boolean, integer, name, nullable, object } from './http/shape.ts'
import { type Attachment, attachment } from './streams/attach.ts'
import type { ExecCreated, ExecInspect, ExecSpec } from './wire.ts'

const created = object<ExecCreated>({ Id: name })
const inspected = object<ExecInspect>({ ID: name, Running: boolean, ExitCode: nullable(integer) })

/** Commands in running containers. */
export function exec(http: Http) {
  const path = (id: string, operation: string) => `/exec/${segment(id, 'an exec')}${operation}`
  return {
    /** Prepares a command in a running container; `start` runs it. */
    async create(container: string, spec: ExecSpec, { signal }: Signal = {}): Promise<ExecCreated> {
      const at = `/containers/${segment(container, 'a container')}/exec`
      return http.json({ method: 'POST', path: at, json: spec, signal }, created)
    },
    /** Runs the command, connected to its streams. `tty` and `stdin` must be what it was created with. */
    async start(
      id: string,
      { tty = false, stdin = false, signal }: Signal & { tty?: boolean; stdin?: boolean } = {},
    ): Promise<Attachment> {
      const request = { method: 'POST', path: path(id, '/start'), json: { Tty: tty }, upgrade: true } as const
      const response = await http.send({ ...request, headersTimeout: workTimeout, signal })
      return attachment(response, { tty, stdin })
    },
    /** `ExitCode` is null until the command has ended. */
    async inspect(id: string, { signal }: Signal = {}): Promise<ExecInspect> {
      return http.json({ method: 'GET', path: path(id, '/json'), signal }, inspected)
    },
    /** Sets the size of the command's terminal, in characters. */
    async resize(
      id: string,
      { rows, columns, signal }: Signal & { rows: number; columns: number },
    ): Promise<void> {
      await http.done({ method: 'POST', path: path(id, '/resize'), query: { h: rows, w: columns }, signal })
    },
  }
}
