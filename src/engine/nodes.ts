import type { Http, Signal } from './http/http.ts'
import { segment } from './http/segment.ts'
import { integer, listOf, name as nonEmpty, object, optional, text } from './http/shape.ts'
import type { NodeSpec, SwarmNode } from './swarm-wire.ts'

const node = object<SwarmNode>({
  ID: nonEmpty,
  Version: object({ Index: integer }),
  Description: optional(object({ Hostname: optional(text) })),
  Status: object<SwarmNode['Status']>({ State: text, Message: optional(text), Addr: optional(text) }),
})

/** The nodes of the Swarm that the Engine manages. An id may be a host name. */
export function nodes(http: Http) {
  const path = (id: string, operation = '') => `/nodes/${segment(id, 'a node')}${operation}`
  return {
    async inspect(id: string, { signal }: Signal = {}): Promise<SwarmNode> {
      return http.json({ method: 'GET', path: path(id), signal }, node)
    },
    list({ filters, signal }: Signal & { filters?: Record<string, string[]> } = {}): Promise<SwarmNode[]> {
      return http.json({ method: 'GET', path: '/nodes', query: { filters }, signal }, listOf(node))
    },
    /** `version` is the `Version.Index` that was read last. */
    async update(
      id: string,
      spec: NodeSpec,
      { version, signal }: Signal & { version: number },
    ): Promise<void> {
      await http.done({ method: 'POST', path: path(id, '/update'), query: { version }, json: spec, signal })
    },
    /** Removes a node that is down; one that is not only with `force`. */
    async remove(id: string, { force, signal }: Signal & { force?: boolean } = {}): Promise<void> {
      await http.done({ method: 'DELETE', path: path(id), query: { force }, signal })
    },
  }
}
