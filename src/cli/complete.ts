import type { Command } from './command.ts'
import type { Flag } from './flags/flag.ts'
import { helpFlag } from './grammar.ts'
import type { Completes, OnEngine } from './values/kind.ts'

/** What a shell may put in place of a word: texts, or paths that the shell itself finds. */
export type Candidates = readonly string[] | 'file' | 'directory'

/**
 * The candidates for the last of the words, which follow `holdfast` on the command line.
 *
 * @param onEngine gives the names of the local images, or of the jobs; it is called where one may stand.
 */
export async function complete(
  commands: readonly Command<unknown>[],
  words: readonly string[],
  onEngine: (what: OnEngine) => Promise<readonly string[]>,
): Promise<Candidates> {
  const [name = '', ...before] = words.slice(0, -1)
  const word = words.at(-1) ?? ''
  const names = commands.map(({ name }) => name)
  if (words.length < 2) return starting([...names, 'help', '--help', '--version'], word)
  if (name === 'help') return starting(names, word)
  const command = commands.find(command => command.name === name)
  if (command === undefined) return []
  const { open, pending, operands } = scan(command, before)
  if (pending !== undefined) return valuesOf(pending, word)
  if (open && word.startsWith('-')) return flagCandidates(command, word)
  const first = operands === 0 || !command.stops
  return first && command.completes !== undefined ? candidates(command.completes, word, onEngine) : 'file'
}

/** Where the next word stands: behind a flag that needs a value, among the flags, or behind so many operands. */
function scan(command: Command<unknown>, words: readonly string[]) {
  let open = true
  let pending: Flag<unknown> | undefined
  let operands = 0
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined
    } else if (open && word === '--') {
      open = false
    } else if (!open || !word.startsWith('-') || word === '-') {
      operands++
      open = open && !command.stops
    } else {
      const flag = flagNamed(command, word)
      if (flag !== undefined && flag.kind.bare === undefined) pending = flag
    }
  }
  return { open, pending, operands }
}

/** The flag that a word ends with, without a value of its own. */
function flagNamed(command: Command<unknown>, word: string): Flag<unknown> | undefined {
  const name = word.slice(2)
  const short = word.at(-1)
  return flagsOf(command).find(flag =>
    word.startsWith('--') ? flag.name === name || flag.alias === name : flag.short === short,
  )
}

function flagsOf(command: Command<unknown>): Flag<unknown>[] {
  return [...command.flags, helpFlag].flatMap(flag => ('refused' in flag || flag.hidden ? [] : [flag]))
}

function flagCandidates(command: Command<unknown>, word: string): Candidates {
  const [, name, value] = /^--([^=]+)=(.*)$/s.exec(word) ?? []
  if (name === undefined || value === undefined) {
    return starting(
      flagsOf(command).map(({ name }) => `--${name}`),
      word,
    )
  }
  const flag = flagNamed(command, `--${name}`)
  const values = flag === undefined ? [] : valuesOf(flag, value)
  return typeof values === 'string' ? values : values.map(text => `--${name}=${text}`)
}

function valuesOf({ kind }: Flag<unknown>, word: string): Candidates {
  const { complete = [] } = kind
  return typeof complete === 'string' ? complete : starting(complete, word)
}

async function candidates(
  what: Completes | OnEngine,
  word: string,
  onEngine: (what: OnEngine) => Promise<readonly string[]>,
): Promise<Candidates> {
  if (what === 'image' || what === 'job') return starting(await onEngine(what), word)
  return typeof what === 'string' ? what : starting(what, word)
}

function starting(texts: readonly string[], word: string): string[] {
  return texts.filter(text => text.startsWith(word))
}
