import { Redactor } from './redactor.ts'

/** Each secret in use in this process, by how many hold it. */
const holders = new Map<string, number>()
/** Knows all of them. */
let redactor = new Redactor([])

/** Has secrets taken out of everything that any Engine says, until it is disposed of: a later answer may quote them. */
export function holdSecrets(secrets: readonly string[]): Disposable {
  const held = new Set(secrets)
  for (const secret of held) count(secret, 1)
  redactor = new Redactor([...holders.keys()])
  return {
    [Symbol.dispose]: () => {
      for (const secret of held) count(secret, -1)
      held.clear()
      redactor = new Redactor([...holders.keys()])
    },
  }
}

function count(secret: string, change: 1 | -1): void {
  const left = (holders.get(secret) ?? 0) + change
  if (left === 0) holders.delete(secret)
  else holders.set(secret, left)
}

/** Knows the secrets that are held now, and these. */
export function redactorWith(secrets: readonly string[]): Redactor {
  return secrets.length === 0 ? redactor : new Redactor([...new Set([...holders.keys(), ...secrets])])
}
