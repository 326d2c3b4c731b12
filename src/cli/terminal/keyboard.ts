import { UsageError } from '../usage.ts'
import { watchFor } from './detach.ts'

/** The process's stdin as a container's input. */
export interface Keyboard {
  input: AsyncIterable<Uint8Array> | undefined
  /** Restores the terminal, and closes stdin so that the process can end. */
  end(): void
}

/** Opens stdin for a container with `-i`; with `-t` the terminal is in raw mode. `onDetach` is called once `keys` are typed. */
export function openKeyboard(
  interactive: boolean,
  tty: boolean,
  { keys, onDetach }: { keys?: Uint8Array | undefined; onDetach: () => void },
): Keyboard {
  if (!interactive) return { input: undefined, end() {} }
  const { stdin } = process
  if (tty && !stdin.isTTY) {
    throw new UsageError('-i with -t needs a terminal as stdin', 'Omit -t to pass on a file or a pipe.')
  }
  if (tty) makeRaw(stdin)
  return {
    input: keys === undefined ? stdin : watchFor(keys, stdin, onDetach),
    end() {
      if (tty) stdin.setRawMode(false)
      stdin.destroy()
    },
  }
}

function makeRaw(terminal: typeof process.stdin): void {
  terminal.setRawMode(true)
  // Node's raw mode keeps output processing (\n to \r\n), which the container's terminal has done already.
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] })
}
