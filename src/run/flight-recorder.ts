import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
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

/** Listens to that Engine. Refuses one that can't be listened to, and a file that can't be written. */
export async function openFlightRecorder(
  { file, config }: { file: string; config: string | undefined },
  given: Engine,
): Promise<FlightRecorder> {
  await checkFile(file)
  const recorder = await record({ engine: await recordable(given), keepRaw: keptOutput }).catch(error => {
    throw socketError(error)
  })
  const engine = connect({ host: recorder.host, config })
  return {
    engine,
    address: await given.address(),
    async end({ failure, emit }) {
      await engine.close()
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

/** The address of an Engine that can be listened to. */
async function recordable(engine: Engine): Promise<string> {
  const text = await engine.address()
  const address = parseAddress(text)
  const transport = await engine.transport()
  if (address.kind === 'socket') return `unix://${address.path}`
  if (address.kind === 'tcp' && transport === 'tcp' && address.basePath === '')
    return `tcp://${address.hostname}:${address.port}`
  throw new HoldfastError('usage', `${text} can't be recorded`, {
    hint: 'Name an Engine on a unix socket, or on tcp without TLS and without a path.',
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
