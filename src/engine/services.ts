import { type Http, type Signal, workTimeout } from './http/http.ts'
import { segment } from './http/segment.ts'
import { integer, listOf, mapOf, name as nonEmpty, nullable, object, optional, text } from './http/shape.ts'
import { OutputStream } from './streams/output-stream.ts'
import type { Service, ServiceCreated, ServiceSpec } from './swarm-wire.ts'

const created = object<ServiceCreated>({ ID: nonEmpty, Warnings: nullable(listOf(text)) })
const service = object<Service>({
  ID: nonEmpty,
  Version: object({ Index: integer }),
  CreatedAt: optional(text),
  Spec: object<ServiceSpec>({
    Name: text,
    Labels: nullable(mapOf(text)),
    TaskTemplate: object({ ContainerSpec: optional(object({ Image: optional(text) })) }),
  }),
})

/** The services of the Swarm that the Engine manages. An id may be a name. */
export function services(http: Http) {
  const path = (id: string, operation = '') => `/services/${segment(id, 'a service')}${operation}`
  return {
    /** The image is used as it is written: each node that lacks it pulls it by itself, without credentials. */
    create(spec: ServiceSpec, { signal }: Signal = {}): Promise<ServiceCreated> {
      const request = { method: 'POST', path: '/services/create', json: spec, signal } as const
      return http.json({ ...request, headersTimeout: workTimeout }, created)
    },
    async inspect(id: string, { signal }: Signal = {}): Promise<Service> {
      return http.json({ method: 'GET', path: path(id), signal }, service)
    },
    /** `status` adds how many of a service's tasks run, and how many have completed. */
    list({
      filters,
      status,
      signal,
    }: Signal & { filters?: Record<string, string[]>; status?: boolean } = {}): Promise<Service[]> {
      const query = { filters, status }
      return http.json({ method: 'GET', path: '/services', query, signal }, listOf(service))
    },
    /** `version` is the `Version.Index` that was read last. */
    async update(
      id: string,
      spec: ServiceSpec,
      { version, signal }: Signal & { version: number },
    ): Promise<void> {
      await http.done({ method: 'POST', path: path(id, '/update'), query: { version }, json: spec, signal })
    },
    /** Removes the service; its tasks are stopped by their nodes afterwards. */
    async remove(id: string, { signal }: Signal = {}): Promise<void> {
      await http.done({ method: 'DELETE', path: path(id), signal })
    },
    /**
     * What the tasks have printed. With `follow` it does not end when they do. `since` is seconds since 1970; `tail` counts
     * for each task. With `details` each message begins with the ids of its node, service and task.
     */
    async logs(
      id: string,
      {
        follow,
        since,
        tail,
        timestamps,
        details,
        signal,
      }: Signal & {
        follow?: boolean
        since?: string
        tail?: number
        timestamps?: boolean
        details?: boolean
      } = {},
    ): Promise<OutputStream> {
      const query = { stdout: true, stderr: true, follow, since, tail, timestamps, details }
      const { body } = await http.send({ method: 'GET', path: path(id, '/logs'), query, signal })
      return new OutputStream(body, { tty: false, close: () => body.cancel() })
    },
  }
}
