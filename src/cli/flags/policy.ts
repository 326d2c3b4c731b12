import { pullPolicies, type RunOptions, staleConditions } from '../../run/options.ts'
import { UsageError } from '../usage.ts'
import { parseChoice } from '../values/choice.ts'
import { parseDuration } from '../values/duration.ts'
import type { Flag } from './flag.ts'

/** What every command that judges when a registry is asked has. */
export interface PolicyDraft {
  readonly policy: Pick<RunOptions, 'pull' | 'staleIf' | 'maxStale'>
}

/** The flags of {@link PolicyDraft}. */
export const policyFlags: readonly Flag<PolicyDraft>[] = [
  {
    name: 'pull',
    value: pullPolicies.join('|'),
    about: 'When to ask a registry for the image; refresh runs the local copy in an outage. Default: missing',
    set({ policy }, { text, where }) {
      policy.pull = parseChoice(pullPolicies, text, where)
    },
  },
  {
    name: 'stale-if',
    value: staleConditions.join('|'),
    about: 'Under refresh: the failures of a pull that let the local copy run. Default: outage',
    set({ policy }, { text, where }) {
      policy.staleIf = parseChoice(staleConditions, text, where)
    },
  },
  {
    name: 'max-stale',
    value: 'DURATION',
    about: 'Under refresh: how old the local copy may be, as 7d. Default: any age',
    set({ policy }, { text, where }) {
      policy.maxStale = parseDuration(text, where)
    },
  },
]

/** What only `refresh` heeds is refused under another policy, which would not do what was meant. */
export function checkPolicy({ pull, staleIf, maxStale }: PolicyDraft['policy']): void {
  if (pull === 'refresh') return
  const given = staleIf !== undefined ? '--stale-if' : '--max-stale'
  if (staleIf === undefined && maxStale === undefined) return
  throw new UsageError(
    `${given} means nothing without --pull refresh`,
    `Add --pull refresh, or leave ${given} out.`,
  )
}
