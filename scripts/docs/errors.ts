/*
 * Makes every failure happen, on a real Engine with registries in trouble, and writes what the command printed into
 * docs/errors.md. As root; takes about two minutes: the limits of a pull are shortened, those of a helper are not.
 *
 *   npm run docs:errors
 */
import { kinds } from './error-kinds.ts'
import { situations } from './error-situations.ts'
import { openStage } from './error-stage.ts'
import { replaceSection } from './section.ts'

await using stage = await openStage()
const parts: string[] = []
for (const [kind, { meaning, status }] of Object.entries(kinds)) {
  parts.push(`## ${kind}`, `${meaning} Exit status ${status}.`)
  for (const { when, args, ...how } of situations.filter(situation => situation.kind === kind)) {
    const { shown, printed, outcome } = await stage.perform({ args, ...how })
    if (outcome !== undefined && outcome !== kind)
      throw new Error(`${when}: ${outcome} in place of ${kind}\n${printed}`)
    if (printed === '') throw new Error(`${when}: it printed nothing`)
    console.log(`${kind}: ${when}\n${printed}\n`)
    parts.push(`${when}:`, ['```console', `$ holdfast ${shown}`, printed, '```'].join('\n'))
  }
}
replaceSection('errors.md', 'errors', parts.join('\n\n'))
