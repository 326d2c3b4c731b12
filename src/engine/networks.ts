import type { Http, Signal } from './http/http.ts'
import { segment } from './http/segment.ts'
import { listOf, mapOf, name as nonEmpty, nullable, object, optional, text } from './http/shape.ts'
import type { EndpointSettings, Network, NetworkCreated, NetworkSpec } from './wire.ts'

const created = object<NetworkCreated>({ Id: nonEmpty, Warning: optional(text) })
const network = object<Network>({
  Id: nonEmpty,
  Name: nonEmpty,
  Driver: optional(text),
  Labels: nullable(mapOf(text)),
})

/** The Engine's networks. An id may be a name. */
export function networks(http: Http) {
  const path = (id: string, operation = '') => `/networks/${segment(id, 'a network')}${operation}`
  return {
    create(spec: NetworkSpec, { signal }: Signal = {}): Promise<NetworkCreated> {
      return http.json({ method: 'POST', path: '/networks/create', json: spec, signal }, created)
    },
    async inspect(id: string, { signal }: Signal = {}): Promise<Network> {
      return http.json({ method: 'GET', path: path(id), signal }, network)
    },
    list({ filters, signal }: Signal & { filters?: Record<string, string[]> } = {}): Promise<Network[]> {
      return http.json({ method: 'GET', path: '/networks', query: { filters }, signal }, listOf(network))
    },
    async connect(
      id: string,
      container: string,
      { endpoint, signal }: Signal & { endpoint?: EndpointSettings } = {},
    ): Promise<void> {
      const json = { Container: container, EndpointConfig: endpoint }
      await http.done({ method: 'POST', path: path(id, '/connect'), json, signal })
    },
    async disconnect(
      id: string,
      container: string,
      { force, signal }: Signal & { force?: boolean } = {},
    ): Promise<void> {
      const json = { Container: container, Force: force }
      await http.done({ method: 'POST', path: path(id, '/disconnect'), json, signal })
    },
    /** Rejects with status 403 or 409 while containers use the network. */
    async remove(id: string, { signal }: Signal = {}): Promise<void> {
      await http.done({ method: 'DELETE', path: path(id), signal })
    },
  }
}
