import { createHmac, randomBytes } from 'node:crypto'
import { type Credentials, readCredentials } from './credentials.ts'
import { encodeRegistryAuth } from './header.ts'

/** Random in each process: passwords can't be guessed by comparing fingerprints elsewhere. */
const key = randomBytes(32)

/** Equal for equal credentials, within this process. All unusable credentials have one fingerprint. */
export function fingerprint(credentials: Credentials): string {
  try {
    const header = encodeRegistryAuth(readCredentials(credentials, ''), '')
    return createHmac('sha256', key).update(header.reveal()).digest('hex')
  } catch {
    return 'unusable'
  }
}
