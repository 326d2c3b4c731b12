import { UsageError } from '../usage.ts'
import type { Flag, Value } from './flag.ts'

/** Which Engine to speak to; what is absent is for the engine room to find. */
export interface EngineFlags {
  host?: string
  context?: string
  /** Docker's configuration directory, for contexts and credentials. */
  config?: string
}

/** What every command that speaks to an Engine has. */
export interface EngineDraft {
  engine: EngineFlags
  /** A file to write the Engine's requests to. */
  audit?: string
}

/** The path that a flag names. */
export function file({ text, where }: Value): string {
  if (text === '') throw new UsageError(`${where}: the file has no name`, 'Write the path of a file.')
  return text
}

const host: Flag<EngineDraft> = {
  name: 'host',
  short: 'H',
  value: 'ADDRESS',
  about: 'Where the Engine is: unix://, tcp:// or ssh://. Default: as docker finds it',
  set({ engine }, { text, where }) {
    if (engine.host !== undefined) {
      throw new UsageError(`${where} names a second host`, 'Name one Engine.')
    }
    if (text !== '') engine.host = text
  },
}

const context: Flag<EngineDraft> = {
  name: 'context',
  value: 'NAME',
  about: 'A docker context that says where the Engine is',
  set({ engine }, { text }) {
    if (text === '') delete engine.context
    else engine.context = text
  },
}

const config: Flag<EngineDraft> = {
  name: 'config',
  value: 'DIR',
  about: "Docker's configuration directory. Default: DOCKER_CONFIG, else ~/.docker",
  set({ engine }, { text }) {
    if (text === '') delete engine.config
    else engine.config = text
  },
}

const audit: Flag<EngineDraft> = {
  name: 'audit',
  value: 'FILE',
  about: 'Write every request to the Engine to FILE, one JSON object a line',
  set(draft, value) {
    draft.audit = file(value)
  },
}

/** The flags of {@link EngineDraft}. */
export const engineFlags: readonly Flag<EngineDraft>[] = [host, context, config, audit]

/** Shows the help; the parser looks for it before any value is judged. */
export const helpFlag: Flag<unknown> = { name: 'help', bare: 'true', about: 'Show this help', set() {} }

/** An address and a context at once are refused, as docker does. */
export function checkEngine({ host, context }: EngineFlags): void {
  if (host === undefined || context === undefined) return
  throw new UsageError('--host and --context both say where the Engine is', 'Leave one of them out.')
}
