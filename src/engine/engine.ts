import type { Duplex } from 'node:stream'
import type { Address } from './address/address.ts'
import type { LocateOptions } from './address/locate.ts'
import { configs } from './configs.ts'
import { containers } from './containers.ts'
import { exec } from './exec.ts'
import { type EngineRequest, Http } from './http/http.ts'
import type { EngineResponse } from './http/response.ts'
import { images } from './images.ts'
import { networks } from './networks.ts'
import { nodes } from './nodes.ts'
import { reach } from './reach.ts'
import { secrets } from './secrets.ts'
import { services } from './services.ts'
import { system } from './system.ts'
import { tasks } from './tasks.ts'
import { volumes } from './volumes.ts'

/** A Docker Engine, or another that speaks its API. Connections are opened as they are needed, and kept alive. */
export interface Engine extends AsyncDisposable {
  /** Version, information and events of the Engine. */
  readonly system: ReturnType<typeof system>
  /** Images: inspect, pull, import, tag, remove. */
  readonly images: ReturnType<typeof images>
  /** Containers: create, start, attach, wait, stop, remove, files. */
  readonly containers: ReturnType<typeof containers>
  /** Volumes. */
  readonly volumes: ReturnType<typeof volumes>
  /** Networks, and who is connected to them. */
  readonly networks: ReturnType<typeof networks>
  /** Further processes in a running container. */
  readonly exec: ReturnType<typeof exec>
  /** Services of a Swarm. */
  readonly services: ReturnType<typeof services>
  /** Tasks of a Swarm. */
  readonly tasks: ReturnType<typeof tasks>
  /** Nodes of a Swarm. */
  readonly nodes: ReturnType<typeof nodes>
  /** Secrets of a Swarm. */
  readonly secrets: ReturnType<typeof secrets>
  /** Configs of a Swarm. */
  readonly configs: ReturnType<typeof configs>
  /** Sends any request, for operations without a method: same errors, same rules. Read or cancel the response's body. */
  request(request: EngineRequest): Promise<EngineResponse>
  /**
   * The Engine's address, as `unix:///run/docker.sock`. Rejects when it can't be determined, and where none of several Engines
   * answers.
   */
  address(): Promise<string>
  /** How the Engine is reached: through a unix socket or named pipe, TCP, TLS or ssh. Rejects as `address()` does. */
  transport(): Promise<'socket' | 'tcp' | 'tls' | 'ssh'>
  /**
   * Opens a connection to the Engine as requests do: to a socket, over TCP, TLS or ssh. For what speaks the API by itself, as
   * a proxy. Either half can be closed alone.
   *
   * @throws {EngineError} where no connection can be opened.
   */
  dial(): Promise<Duplex>
  /** The API version agreed on with the Engine, as `1.47`. */
  apiVersion(options?: { signal?: AbortSignal }): Promise<string>
  /** The same once it is known, without a request; undefined before. */
  readonly knownApiVersion: string | undefined
  /** Another Engine for the same address, with its own connections; close it separately. */
  twin(): Engine
  /** Aborted once the Engine is closed, with an {@link EngineError} of code `closed`. */
  readonly closedSignal: AbortSignal
  /** Closes all connections; requests in flight fail. */
  close(): Promise<void>
}

/**
 * Names an Engine; opens no connection yet.
 *
 * @param where an address as in `DOCKER_HOST`, a list of them of which the first Engine that answers is used, or where to
 * look. Default: as the docker command finds it.
 *
 * @example
 * ```ts
 * await using engine = connect('ssh://build@farm.example')
 * console.log(await engine.apiVersion(), await engine.containers.list({ all: true }))
 * ```
 */
export function connect(where: string | readonly string[] | LocateOptions = {}): Engine {
  const options = typeof where === 'string' || isList(where) ? { host: where } : where
  let located: Promise<Address> | undefined
  const address = () => {
    // A failure is not kept: the Engine may be up the next time.
    located ??= reach(options, http.closedSignal).catch(error => {
      located = undefined
      throw error
    })
    return located
  }
  const http = new Http(address, options.env ?? process.env)
  return engineOver(http, address)
}

// Array.isArray does not know of a list that is only read.
function isList(where: readonly string[] | LocateOptions): where is readonly string[] {
  return Array.isArray(where)
}

function engineOver(http: Http, address: () => Promise<Address>): Engine {
  return {
    system: system(http),
    images: images(http),
    containers: containers(http),
    volumes: volumes(http),
    networks: networks(http),
    exec: exec(http),
    services: services(http),
    tasks: tasks(http),
    nodes: nodes(http),
    secrets: secrets(http),
    configs: configs(http),
    request: request => http.send(request),
    address: async () => (await address()).text,
    async transport() {
      const located = await address()
      return located.kind === 'tcp' && located.tls !== undefined ? 'tls' : located.kind
    },
    dial: () => http.dial(),
    apiVersion: ({ signal } = {}) => http.version(signal),
    get knownApiVersion() {
      return http.agreedVersion
    },
    closedSignal: http.closedSignal,
    twin: () => engineOver(http.twin(), address),
    close: () => http.close(),
    [Symbol.asyncDispose]: () => http.close(),
  }
}
