import type { ImageOptions } from '../../run/options.ts'
import { type ProgressMode, progressModes } from '../terminal/progress/modes.ts'
import { UsageError } from '../usage.ts'
import { parseBoolean } from '../values/boolean.ts'
import { parseChoice } from '../values/choice.ts'
import { parsePlatform } from '../values/platform.ts'
import { parsePullTimeout } from '../values/pull-timeout.ts'
import { type CredentialsDraft, credentialsFlags } from './credentials.ts'
import type { Flag } from './flag.ts'

/** What every command that looks for images has. */
export interface PlatformDraft {
  platform?: string
}

/** What every command that makes images local has. */
export interface ImageDraft extends PlatformDraft, CredentialsDraft {
  readonly pulling: Pick<ImageOptions, 'pullTimeout' | 'anonymousFallback' | 'breaker'>
  progress: ProgressMode
  quiet: boolean
}

/** Nothing given yet. */
export function newImageDraft(): ImageDraft {
  return { pulling: {}, passwordStdin: false, progress: 'auto', quiet: false }
}

/** The flag of {@link PlatformDraft}. */
export const platformFlag: Flag<PlatformDraft> = {
  name: 'platform',
  value: 'OS/ARCH[/VARIANT]',
  about: "The image's platform. Default: DOCKER_DEFAULT_PLATFORM, else what the Engine has or picks",
  set(draft, { text, where }) {
    if (text === '') delete draft.platform
    else draft.platform = parsePlatform(text, where)
  },
}

const pullTimeout: Flag<ImageDraft> = {
  name: 'pull-timeout',
  value: 'DURATION|PART=DURATION,...',
  about:
    'How long a pull may take: DURATION is total; or connect, idle and total by name. 0 is no limit. ' +
    'Default: connect=30s,idle=2m,total=30m; connect=10s where refresh has a local copy',
  set({ pulling }, { text, where }) {
    pulling.pullTimeout = parsePullTimeout(text, where)
  },
}

const breaker: Flag<ImageDraft> = {
  name: 'breaker',
  value: 'DIR',
  about: 'Leave a registry that fails again and again alone for a minute; DIR is where that is written down',
  set({ pulling }, { text, where }) {
    if (text === '')
      throw new UsageError(`${where}: the directory has no name`, 'Write the path of a directory.')
    pulling.breaker = text
  },
}

const progress: Flag<ImageDraft> = {
  name: 'progress',
  value: progressModes.join('|'),
  about: 'How a pull is shown: bars on a terminal, lines, or nothing. Default: auto',
  set(draft, { text, where }) {
    draft.progress = parseChoice(progressModes, text, where)
  },
}

const quiet: Flag<ImageDraft> = {
  name: 'quiet',
  short: 'q',
  bare: 'true',
  about: 'Say nothing but errors, and that a stale copy runs',
  set(draft, { text, where }) {
    draft.quiet = parseBoolean(text, where)
  },
}

/** The flags of {@link ImageDraft}. */
export const imageFlags: readonly Flag<ImageDraft>[] = [
  platformFlag,
  pullTimeout,
  ...credentialsFlags,
  breaker,
  progress,
  quiet,
]
