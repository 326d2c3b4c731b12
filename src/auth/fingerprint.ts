import { createHmac, randomBytes } from 'node:crypto'
import { type Credentials, readCredentials } from './credentials.ts'
import { encodeRegistryAuth } from './header.ts'

/** Of this process alone: a fingerprint is of no use to someone who guesses passwords elsewhere. */
const key = randomBytes(32)

/** Tells credentials apart within this process, and nothing of them; unusable ones are all alike. */
export function fingerprint(credentials: Credentials): string {
  try {
    const header = encodeRegistryAuth(readCredentials(credentials, ''), '')
    return createHmac('sha256', key).update(header.reveal()).digest('hex')
  } catch {
    return 'unusable'
  }
}
