import { app, jobsAtOnce } from '../replay/app.ts'
import type { Scenario } from './scenarios.ts'

/** A team's app, and jobs at the same time, by a client that is not holdfast's. */
export const appScenarios: readonly Scenario[] = [
  {
    name: 'app',
    act: (host, { private: registry }) =>
      app(host, { one: `${registry}/app:1`, other: `${registry}/tool:1` }),
  },
  { name: 'jobs-3', act: host => jobsAtOnce(host, 3) },
  { name: 'jobs-12', act: host => jobsAtOnce(host, 12) },
]
