import { UsageError } from '../usage.ts'

/** The process's stdin as a container's input. */
export interface Keyboard {
  input: AsyncIterable<Uint8Array> | undefined
  /** Restores the terminal, and closes stdin so that the process can end. */
  end(): void
}

/** Opens stdin for a container with `-i`; with `-t` the terminal is in raw mode. */
export function openKeyboard(interactive: boolean, tty: boolean): Keyboard {
  if (!interactive) return { input: undefined, end() {} }
  const { stdin } = process
  if (tty && !stdin.isTTY) {
    throw new UsageError('-i with -t needs a terminal as stdin', 'Omit -t to pass on a file or a pipe.')
  }
  if (tty) makeRaw(stdin)
  return {
    input: stdin,
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
