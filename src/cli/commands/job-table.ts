import { ageText } from '../../run/duration.ts'
import type { JobInfo } from '../../run/jobs/job-info.ts'
import { printable } from '../terminal/printable.ts'
import { aligned } from '../terminal/table.ts'

const titles = ['JOB', 'STATE', 'STATUS', 'AGE', 'OWNER', 'CONTAINER', 'IMAGE']

/** Jobs for people, a line each. */
export function jobTable(jobs: readonly JobInfo[]): string {
  return `${aligned([titles, ...jobs.map(row)]).join('\n')}\n`
}

function row({ key, state, exitCode, created, container, image, ...job }: JobInfo): string[] {
  return [
    key === null ? '-' : printable(key),
    state,
    exitCode === null ? '-' : String(exitCode),
    ageText(Math.max(0, Date.now() - Date.parse(created))),
    ownerText(job),
    container.slice(0, 12),
    printable(image),
  ]
}

/** The owner of a job, and whether it lives. */
export function ownerText({
  owner,
  ownerAlive,
  detached,
}: Pick<JobInfo, 'owner' | 'ownerAlive' | 'detached'>): string {
  if (owner === null) return '-'
  const life = ownerAlive === null ? 'unknown' : ownerAlive ? 'alive' : detached ? 'detached' : 'dead'
  return `${printable(owner.host)}:${owner.pid} ${life}`
}
