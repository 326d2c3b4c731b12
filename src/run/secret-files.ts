import { InvalidValueError } from './invalid.ts'

/** Where the content of a secret comes from: itself, a file of this machine, or a variable of this process. */
export type SecretSource = string | Uint8Array | { file: string } | { env: string }

/** The contents of secrets by their names. */
export type SecretFiles = ReadonlyMap<string, Uint8Array>

/** @throws {InvalidValueError} for a name that can't be that of a file. */
export function checkSecretName(name: string): void {
  if (/^[a-z\d_][\w.-]{0,63}$/i.test(name)) return
  throw new InvalidValueError(
    'must have names of 1 to 64 letters, digits, "_", "." and "-"',
    'The name is that of a file in /run/secrets.',
  )
}
