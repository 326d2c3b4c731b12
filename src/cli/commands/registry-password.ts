import type { CredentialsLookup } from '../../auth/credentials.ts'
import { CredentialError } from '../../auth/error.ts'
import { Secret } from '../../auth/secret.ts'
import { parseReference } from '../../run/reference.ts'
import { quote } from '../quote.ts'
import { readStdin } from '../terminal/stdin.ts'
import { UsageError } from '../usage.ts'

/** The credentials of a user whose password comes on stdin. */
export interface RegistryPassword {
  /** Reads the password on the first call, and not before. */
  readonly lookup: CredentialsLookup
  /** Forgets the password, and closes stdin, so that the process can end. */
  end(): void
}

const limit = 64 * 1024
/** Milliseconds; less than the limit of a credentials function. */
const patience = 20_000

export function registryPassword(username: string): RegistryPassword {
  let password: Promise<Secret> | undefined
  return {
    async lookup() {
      password ??= readPassword()
      return { username, password: await password }
    },
    end() {
      if (password !== undefined) process.stdin.destroy()
      password = undefined
    },
  }
}

async function readPassword(): Promise<Secret> {
  if (process.stdin.isTTY) {
    throw unusable('is needed, and stdin is a terminal', 'Pass it, as in: … --registry-password-stdin < FILE')
  }
  const bytes = await withinPatience(readStdin(limit))
  if (bytes === undefined) throw unusable('is more than 64 KiB', 'Pass only the password.')
  const password = decode(bytes).replace(/\r?\n$/, '')
  if (password.includes('\n')) throw unusable('has more than one line', 'Pass only the password.')
  if (password === '')
    throw unusable('is empty', 'Pass the password, as in: … --registry-password-stdin < FILE')
  return new Secret(password)
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(
      unusable(`did not end within ${patience / 1000} s`, 'Does the program that writes it close the pipe?'),
    )
  }, patience)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw unusable('is not UTF-8', 'Pass the password as UTF-8.')
  }
}

function unusable(problem: string, hint: string): CredentialError {
  return new CredentialError(`the password on stdin ${problem}`, { about: 'stdin', hint })
}

/** A password is for one registry: refuses images of several, before any request. */
export function checkOneRegistry(images: readonly string[]): void {
  const registries = [...new Set(images.flatMap(registryOf))]
  if (registries.length < 2) return
  throw new UsageError(
    `--registry-user is for one registry, and these images are from ${registries.map(quote).join(', ')}`,
    'Pull the images of each registry separately, or use docker login.',
  )
}

// An invalid reference is reported when it is pulled.
function registryOf(image: string): string[] {
  try {
    const reference = parseReference(image)
    return reference.kind === 'name' ? [reference.domain] : []
  } catch {
    return []
  }
}
