import { parseBoolean } from '../values/boolean.ts'
import { parsePlatform } from '../values/platform.ts'
import type { Flag } from './flag.ts'

/** What every command that makes images local has. */
export interface ImageDraft {
  platform?: string
  quiet: boolean
}

const platform: Flag<ImageDraft> = {
  name: 'platform',
  value: 'OS/ARCH[/VARIANT]',
  about: "The image's platform. Default: DOCKER_DEFAULT_PLATFORM, else what the Engine has or picks",
  set(draft, { text, where }) {
    if (text === '') delete draft.platform
    else draft.platform = parsePlatform(text, where)
  },
}

const quiet: Flag<ImageDraft> = {
  name: 'quiet',
  short: 'q',
  bare: 'true',
  about: 'Say nothing but errors',
  set(draft, { text, where }) {
    draft.quiet = parseBoolean(text, where)
  },
}

/** The flags of {@link ImageDraft}. */
export const imageFlags: readonly Flag<ImageDraft>[] = [platform, quiet]
