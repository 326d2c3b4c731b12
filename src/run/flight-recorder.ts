import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import { parseAddress } from '../engine/address/address.ts'
import { connect, type Engine } from '../engine/engine.ts'
import { record } from '../replay/record/record.ts'
import { HoldfastError } from './failure.ts'
import type { OutcomeBuilder } from './outcome-builder.ts'

/** Bytes of the container's output that are kept. */
const keptOutput = 4 * 1024 * 1024

/** Keeps a run's conversation with the Engine in memory, and writes it if the run fails. */
export interface FlightRecorder {
  /** The run's Engine, which is listened to. */
  readonly engine: Engine
  /** Its address. */
  readonly address: string
  /** Closes it; writes the conversation, without its secrets, where the run has failed. */
  end(record: OutcomeBuilder): Promise<void>
}

/**
 * Listens to that Engine. Refuses one that can't be listened to, and a file that can't be written.
 *
 * @param reached resolves when the Engine can be reached
 */
export async function openFlightRecorder(
  { file, config }: { file: string; config: string | undefined },
  given: Engine,
  reached: () => Promise<unknown>,
): Promise<FlightRecorder> {
  await checkFile(file)
  const engine = await dialed(given)
  await reached()
  const recorder = await record({ engine, keepRaw: keptOutput }).catch(error => {
    throw socketError(error)
  })
  const client = connect({ host: recorder.host, config })
  return {
    engine: client,
    address: await given.address(),
    async end({ failure, emit }) {
      await client.close()
      if (failure === undefined) return recorder[Symbol.asyncDispose]()
      try {
        // It has commands, variables' names and output.
        await recorder.save(file, { mode: 0o600 })
        emit({ type: 'recorded', file })
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        emit({
          type: 'warning',
          message: `the run's conversation could not be written to ${file}: ${reason}`,
        })
      }
    },
  }
}

/** Refuses a file that can't be written, before the job runs. */
async function checkFile(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined)
  await access(there === undefined ? dirname(file) : file, constants.W_OK).catch(cause => {
    throw new HoldfastError('usage', `recordFailure: ${file} can't be written (${cause.code})`, {
      hint: 'Name a file in a folder that exists and may be written.',
      cause,
    })
  })
}

/** Rejects with the reason where the Engine can't be reached: a recorder's client only sees a connection that broke off. */
export async function checkReachable(engine: Engine): Promise<void> {
  const transport = await engine.transport()
  // ssh may fail after it has started, and the Engine rejects a client certificate after the handshake.
  if (transport === 'ssh' || transport === 'tls') await engine.system.ping()
  else (await engine.dial()).destroy()
}

/** How connections to the Engine are opened. What is sent over them does not have the path of its address. */
export async function dialed(engine: Engine): Promise<() => Promise<Duplex>> {
  const text = await engine.address()
  const address = parseAddress(text)
  if (address.kind !== 'tcp' || address.basePath === '') return () => engine.dial()
  throw new HoldfastError('usage', `${text} can't be recorded`, {
    hint: 'Name the Engine by an address without a path.',
  })
}

/** A temporary folder that can't be written, or has too long a path for a socket. */
function socketError(error: NodeJS.ErrnoException): unknown {
  if (error.syscall !== 'listen' && error.syscall !== 'mkdtemp') return error
  return new HoldfastError('usage', `no socket can be made in ${tmpdir()} (${error.code})`, {
    hint: 'Set TMPDIR to a folder that can be written and has a short path.',
    cause: error,
  })
}
