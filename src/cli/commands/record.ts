import { writeFile } from 'node:fs/promises'
import { locate } from '../../engine/address/locate.ts'
import { record } from '../../replay/record.ts'
import type { Invocation } from '../invocation.ts'
import { quote } from '../quote.ts'
import { FileError } from '../terminal/file-error.ts'
import { say } from '../terminal/print.ts'
import { UsageError } from '../usage.ts'
import { runChild } from './child.ts'

/** `holdfast record`: a command runs against the Engine, and what they said is in a file afterwards. */
export async function recordCommand(invocation: Invocation & { command: 'record' }): Promise<number> {
  const { argv, out, normalize, replace, redact, engine: where } = invocation
  await writeFile(out, '', { flag: 'a' }).catch((error: NodeJS.ErrnoException) => {
    throw new FileError('--out', out, error)
  })
  const address = await locate(where)
  if (address.kind === 'ssh' || (address.kind === 'tcp' && address.tls !== undefined)) {
    throw new UsageError(
      `${address.text} can't be recorded`,
      'Name an Engine on a unix socket, or on tcp without TLS.',
    )
  }
  const engine =
    address.kind === 'socket' ? `unix://${address.path}` : `tcp://${address.hostname}:${address.port}`
  await using recorder = await record({ engine, normalize, replace, secrets: redact.map(variable) })
  const status = await runChild(argv, recorder.host)
  const { exchanges } = await recorder.finish()
  const asked = exchanges.length
  if (asked === 0) {
    say(`nothing was asked of ${address.text}: ${out} is as it was`)
    return status
  }
  await recorder.save(out).catch(error => {
    throw new FileError('--out', out, error)
  })
  say(`${asked} requests recorded in ${out}`)
  return status
}

function variable(name: string): string {
  const value = process.env[name]
  if (value) return value
  throw new UsageError(
    `--redact ${quote(name)}: there is no such variable`,
    'Set it to the secret that is to be taken out.',
  )
}
