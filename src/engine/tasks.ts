import type { Http, Signal } from './http/http.ts'
import { segment } from './http/segment.ts'
import { integer, listOf, name as nonEmpty, nullable, object, optional, text } from './http/shape.ts'
import { OutputStream } from './streams/output-stream.ts'
import type { Task } from './swarm-wire.ts'

const task = object<Task>({
  ID: nonEmpty,
  ServiceID: optional(text),
  Slot: optional(integer),
  NodeID: optional(text),
  Status: object<Task['Status']>({
    State: text,
    Err: optional(text),
    Message: optional(text),
    ContainerStatus: nullable(object({ ExitCode: optional(integer) })),
  }),
  JobIteration: nullable(object({ Index: optional(integer) })),
})

/** The tasks of the Swarm that the Engine manages: what its services have nodes do. */
export function tasks(http: Http) {
  const path = (id: string, operation = '') => `/tasks/${segment(id, 'a task')}${operation}`
  return {
    async inspect(id: string, { signal }: Signal = {}): Promise<Task> {
      return http.json({ method: 'GET', path: path(id), signal }, task)
    },
    /** The filter `label` is matched with the labels of the service. A service of the filter `service` that is gone is a 404. */
    list({ filters, signal }: Signal & { filters?: Record<string, string[]> } = {}): Promise<Task[]> {
      return http.json({ method: 'GET', path: '/tasks', query: { filters }, signal }, listOf(task))
    },
    /** What the task has printed. With `follow` it does not end when the task does. */
    async logs(
      id: string,
      {
        follow,
        tail,
        timestamps,
        signal,
      }: Signal & { follow?: boolean; tail?: number; timestamps?: boolean } = {},
    ): Promise<OutputStream> {
      const query = { stdout: true, stderr: true, follow, tail, timestamps }
      const { body } = await http.send({ method: 'GET', path: path(id, '/logs'), query, signal })
      return new OutputStream(body, { tty: false, close: () => body.cancel() })
    },
  }
}
