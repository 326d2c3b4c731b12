import type { Http, Signal } from './http/http.ts'
import { segment } from './http/segment.ts'
import { name as nonEmpty, object } from './http/shape.ts'
import type { SwarmObject } from './swarm-wire.ts'

const config = object<SwarmObject>({ ID: nonEmpty, Spec: object({ Name: nonEmpty }) })

/** The configs of the Swarm that the Engine manages. An id may be a name. */
export function configs(http: Http) {
  return {
    async inspect(id: string, { signal }: Signal = {}): Promise<SwarmObject> {
      return http.json({ method: 'GET', path: `/configs/${segment(id, 'a config')}`, signal }, config)
    },
  }
}
