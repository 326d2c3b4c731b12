import { createHash } from 'node:crypto'
import { type Credentials, readCredentials } from './credentials.ts'
import { encodeRegistryAuth } from './header.ts'

/** A hash that tells credentials apart and gives nothing of them away; unusable ones are all alike. */
export function fingerprint(credentials: Credentials): string {
  try {
    const header = encodeRegistryAuth(readCredentials(credentials, ''), '')
    return createHash('sha256').update(header.reveal()).digest('hex')
  } catch {
    return 'unusable'
  }
}
