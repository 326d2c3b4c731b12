import { InvalidValueError } from '../invalid.ts'

const longest = 128

/** The name of a job's container: one Engine accepts a name once, so there is one container for each key. */
export function containerName(key: string): string {
  return `holdfast-${key}`
}

/** Refuses a key that can't be part of a container's name. */
export function checkKey(key: string): void {
  if (key.length <= longest && /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(key)) return
  throw new InvalidValueError(
    `must be 1 to ${longest} of a-z A-Z 0-9 _ . - and begin with a letter or a digit`,
    'The key is part of the name of the container: choose another key.',
  )
}
