import { InvalidValueError } from '../invalid.ts'

/** Refuses what the Engine does not take as a container's name. */
export function checkName(name: string): void {
  if (/^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return
  throw new InvalidValueError(
    'must be two or more of a-z A-Z 0-9 _ . - and begin with a letter or a digit',
    'Choose another name.',
  )
}
