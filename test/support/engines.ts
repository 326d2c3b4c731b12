import { onTestFinished } from 'vitest'
import { connect, type Engine } from '../../src/engine/engine.ts'
import { ByteServer, ping, type Script } from './byte-server.ts'

/** A scripted server, and an Engine on it. Both end with the test, which fails when a connection stays open. */
export async function scripted(scripts: readonly Script[], kind: 'unix' | 'tcp' = 'unix') {
  const server = await ByteServer.start([...scripts, ping], kind)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { server, engine: engineAt(server.address) }
}

/** An Engine that knows nothing of this machine's settings, and is closed with the test. */
export function engineAt(host: string, env: NodeJS.ProcessEnv = {}): Engine {
  const engine = connect({ host, env })
  onTestFinished(() => engine.close())
  return engine
}
