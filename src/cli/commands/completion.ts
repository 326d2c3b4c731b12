import type { Command } from '../command.ts'
import { complete } from '../complete.ts'
import { connect } from '../connect.ts'
import { addressFlags, type EngineFlags } from '../flags/engine.ts'
import { readArguments } from '../grammar.ts'
import type { ProcessContext } from '../process-context.ts'
import { print } from '../terminal/print.ts'
import { UsageError } from '../usage.ts'
import type { OnEngine } from '../values/kind.ts'

/*
 * The shells ask `holdfast completion query WORD...` for the candidates of the last word, one a line; a first line of `:file`
 * or `:directory` leaves them to the shell.
 */

const bash = `# holdfast completion for bash: source <(holdfast completion bash)
_holdfast() {
  local word=\${COMP_WORDS[COMP_CWORD]} line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :file) compopt -o filenames; COMPREPLY+=($(compgen -f -- "\${word#--*=}")) ;;
      :directory) compopt -o filenames; COMPREPLY+=($(compgen -d -- "\${word#--*=}")) ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(holdfast completion query "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
# A word has = and : in it, as --pull=always and alpine:3.
COMP_WORDBREAKS=\${COMP_WORDBREAKS//[=:]/}
complete -F _holdfast holdfast
`

const zsh = `#compdef holdfast
# holdfast completion for zsh: source <(holdfast completion zsh)
_holdfast() {
  local -a lines
  lines=("\${(@f)$(holdfast completion query "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case $lines[1] in
    :file) _files ;;
    :directory) _files -/ ;;
    *) compadd -- $lines ;;
  esac
}
compdef _holdfast holdfast
`

const fish = `# holdfast completion for fish: holdfast completion fish | source
function __holdfast_complete
  set -l words (commandline -opc)[2..]
  set -l word (commandline -ct)
  set -l lines (holdfast completion query $words "$word" 2>/dev/null)
  switch "$lines[1]"
    case :file
      __fish_complete_path $word
    case :directory
      __fish_complete_directories $word
    case '*'
      printf '%s\\n' $lines
  end
end
complete -c holdfast -f -a '(__holdfast_complete)'
`

const scripts = { bash, zsh, fish }
const shells = ['bash', 'zsh', 'fish'] as const

/** Milliseconds that the Engine has for its list: a shell waits for it. */
const patience = 1_000

/** `holdfast completion`. @param all the commands that it completes; asked for when it runs. */
export function completion(all: () => readonly Command<unknown>[]): Command<unknown> {
  const command: Command<unknown> = {
    name: 'completion',
    operands: 'bash|zsh|fish',
    about: 'Print a script that completes commands, flags, local images and jobs in a shell',
    flags: [],
    // What follows is a command line that is being written.
    stops: true,
    completes: shells,
    exits: [
      ['0', 'done'],
      ['125', 'there is no script for that shell'],
    ],
    examples: ['source <(holdfast completion bash)', 'holdfast completion fish | source'],
    target: () => ({}),
    async run(_, [shell = '', ...words], context) {
      if (shell === 'query') return print(await query(all(), words, context))
      if (words.length > 0)
        throw new UsageError('holdfast completion takes one shell', `Write holdfast completion ${shell}.`)
      return print(scripts[parseShell(shell)])
    },
  }
  return command
}

function parseShell(text: string): keyof typeof scripts {
  const shell = shells.find(shell => shell === text)
  if (shell !== undefined) return shell
  throw new UsageError('holdfast completion needs the name of a shell', `Write one of ${shells.join(', ')}.`)
}

async function query(
  commands: readonly Command<unknown>[],
  words: readonly string[],
  context: ProcessContext,
): Promise<string> {
  const onEngine = (what: OnEngine) => namesOf(what, engineOf(commands, words.slice(0, -1), context))
  const candidates = await complete(commands, words, onEngine)
  return typeof candidates === 'string' ? `:${candidates}\n` : candidates.map(text => `${text}\n`).join('')
}

/** The Engine that the flags before the word name; a line that can't be read yet names none. */
function engineOf(
  commands: readonly Command<unknown>[],
  [name, ...words]: readonly string[],
  context: ProcessContext,
): EngineFlags['engine'] {
  const command = commands.find(command => command.name === name)
  const target: EngineFlags = { engine: {} }
  if (command === undefined) return target.engine
  try {
    for (const { flag, text } of readArguments(command, words).given) {
      const row = addressFlags.find(({ name }) => name === flag.name)
      row?.put(target, text, context)
    }
    return target.engine
  } catch {
    return {}
  }
}

// Without an Engine there are none.
async function namesOf(what: OnEngine, where: EngineFlags['engine']): Promise<string[]> {
  const engine = await connect(where, () => undefined)
  try {
    const signal = AbortSignal.timeout(patience)
    if (what === 'job') {
      const { jobs } = await import('../../run/jobs/jobs.ts')
      return (await jobs(engine).list({ signal })).map(({ key, container }) => key ?? container.slice(0, 12))
    }
    const images = await engine.images.list({ signal })
    return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter(name => name !== '<none>:<none>')
  } catch {
    return []
  } finally {
    await engine.close()
  }
}
