import { UsageError } from '../usage.ts'

/** The process's stdin as a container's input. */
export interface Keyboard {
  input: AsyncIterable<Uint8Array> | undefined
  /** Gives the terminal back as it was, and lets the process end. */
  end(): void
}

/** Opens stdin for a container with `-i`; with `-t` too, keys go through as they are typed. */
export function openKeyboard(interactive: boolean, tty: boolean): Keyboard {
  if (!interactive) return { input: undefined, end() {} }
  const { stdin } = process
  if (tty && !stdin.isTTY) {
    throw new UsageError(
      '-i with -t needs a terminal, and stdin is none',
      'Leave out -t to pass a file or a pipe on.',
    )
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
  // Node leaves \n becoming \r\n on its way out, which the container's own terminal has seen to. Undone with raw mode.
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] })
}
