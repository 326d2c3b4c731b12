import type { RunEvent } from '../run/events.ts'

const reasons = {
  missing: 'it is not on the Engine',
  mismatch: 'the Engine has another one by that name',
  always: 'asked to',
}

/** Tells of a pull, a line for each change of state, and of what may be wrong with a job. */
export function narrator(say: (line: string) => void): (event: RunEvent) => void {
  const states = new Map<string, string>()
  return event => {
    if (event.type === 'pull') {
      states.clear()
      const { image, reason, credentials } = event
      say(`pulling ${image} (${reasons[reason]}; credentials: ${credentials})`)
    } else if (event.type === 'progress') {
      const { id = '', status } = event
      if (states.get(id) === status) return
      states.set(id, status)
      say(id === '' ? status : `${id}: ${status}`)
    } else if (event.type === 'warning') {
      say(`warning: ${event.message}`)
    }
  }
}
