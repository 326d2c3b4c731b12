/** Why an entry of an archive is left out. */
export class Refusal extends Error {}

// Windows reads a path, a stream or a pattern into these.
const forbidden = process.platform === 'win32' ? /[\0\\:*?"<>|]/ : /\0/
const longestShown = 256

/** The parts of an entry's name, without `.` and doubled slashes. Throws a {@link Refusal} for a name that leads elsewhere. */
export function nameParts(name: string): string[] {
  if (forbidden.test(name)) throw new Refusal('its name has a character that no file name can have')
  if (name.startsWith('/')) throw new Refusal('its name is an absolute path')
  const parts = name.split('/').filter(part => part !== '' && part !== '.')
  if (parts.includes('..')) throw new Refusal('its name has ".." in it')
  return parts
}

/** The parts after those of the archive's root. */
export function partsBelow(root: readonly string[], name: string): string[] {
  const parts = nameParts(name)
  if (root.some((part, index) => parts[index] !== part))
    throw new Refusal("it is outside of the archive's root")
  return parts.slice(root.length)
}

/**
 * Throws a {@link Refusal} for a symbolic link that may lead out of the tree in which it is to be at `parts`. Only `..` at
 * the front can be judged: after a name, it goes up from where another link may lead.
 */
export function checkLink(parts: readonly string[], target: string): void {
  const shown = target.slice(0, longestShown)
  if (target === '' || forbidden.test(target)) throw new Refusal('it is a link to an impossible name')
  if (target.startsWith('/')) throw new Refusal(`it is a link to an absolute path, ${shown}`)
  const steps = target.split('/').filter(step => step !== '' && step !== '.')
  const up = steps.findIndex(step => step !== '..')
  const ups = up === -1 ? steps.length : up
  if (ups >= parts.length || steps.includes('..', ups))
    throw new Refusal(`it is a link that may lead out of the copy, to ${shown}`)
}
