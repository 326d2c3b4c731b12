import { describe, expect, test } from 'vitest'
import type { Task } from '../../../src/engine/swarm-wire.ts'
import { type TasksSeen, taskFacts, verdictOf } from '../../../src/run/swarm/verdict.ts'

type Status = Partial<Task['Status']> & { exit?: number }

function task(Slot: number, { exit, ...status }: Status, NodeID = 'n1'): Task {
  return {
    ID: `t${Slot}`,
    Version: { Index: 1 },
    CreatedAt: '2026-11-23T15:02:11Z',
    ServiceID: 's',
    ...(Slot > 0 && { Slot }),
    NodeID,
    DesiredState: 'complete',
    Status: {
      State: 'running',
      ...status,
      ...(exit !== undefined && { ContainerStatus: { ExitCode: exit } }),
    },
  }
}

const nodeNames = new Map([['n1', 'node-1']])
const seen = (...tasks: Task[]): TasksSeen => ({ tasks, nodeNames, lostNodes: new Set() })
const one = { replicas: 1, maxConcurrent: 1, skipExitCodes: [] }
const three = { replicas: 3, maxConcurrent: 3, skipExitCodes: [] }

// The words are those of Engine 20.10.
describe('one task', () => {
  test.each<[string, Status, string, string, number | null]>([
    [
      'exit status',
      { State: 'failed', Err: 'task: non-zero exit (3)', exit: 3 },
      'exit',
      'ended with status 3',
      3,
    ],
    [
      'killed',
      { State: 'failed', Err: 'task: non-zero exit (137)', exit: 137 },
      'exit',
      'ended with status 137',
      137,
    ],
    [
      'no image',
      { State: 'rejected', Err: 'No such image: bb@sha256:1', exit: 0 },
      'image-missing',
      'was rejected by its node, which does not have the image: No such image: bb@sha256:1',
      null,
    ],
    [
      'a mount that is not there',
      {
        State: 'rejected',
        Err: 'invalid mount config for type "bind": bind source path does not exist: /x',
        exit: 0,
      },
      'create-failed',
      'was rejected by its node: invalid mount config',
      null,
    ],
    [
      'no such command',
      {
        State: 'failed',
        Err: 'starting container failed: OCI runtime create failed: exec: "/nope": stat /nope: no such file or directory',
        exit: 128,
      },
      'start-failed',
      'could not be started',
      127,
    ],
    [
      'a command that may not be run',
      {
        State: 'failed',
        Err: 'starting container failed: OCI runtime create failed: exec: "/x": permission denied',
      },
      'start-failed',
      'could not be started',
      126,
    ],
    [
      'another failure to start',
      { State: 'failed', Err: 'starting container failed: no space left' },
      'start-failed',
      'failed: starting container failed: no space left',
      null,
    ],
    ['shut down', { State: 'shutdown' }, 'lost', 'was shut down by the Swarm', null],
    ['orphaned', { State: 'orphaned' }, 'lost', 'was lost: its node went away', null],
    ['removed', { State: 'remove' }, 'lost', 'was removed', null],
  ])('%s', (_, status, kind, words, exitCode) => {
    const verdict = verdictOf(seen(task(0, status)), one)
    expect(verdict).toMatchObject({ state: 'failed', failure: { kind, exitCode } })
    expect(verdict.state === 'failed' && verdict.failure.message).toContain(`task 0 on node-1 ${words}`)
  })

  test.each(['new', 'pending', 'assigned', 'preparing', 'starting', 'running'] as const)(
    '%s goes on',
    State => {
      expect(verdictOf(seen(task(0, { State })), one)).toEqual({ state: 'going' })
    },
  )

  test('complete is 0', () => {
    expect(verdictOf(seen(task(0, { State: 'complete', exit: 0 })), one)).toEqual({
      state: 'ended',
      exitCode: 0,
    })
  })

  test('a status that is skipped is an end', () => {
    const failed = task(0, { State: 'failed', Err: 'task: non-zero exit (99)', exit: 99 })
    expect(verdictOf(seen(failed), { ...one, skipExitCodes: [99] })).toEqual({ state: 'ended', exitCode: 99 })
  })

  test('on a node that stays away it is lost, whatever state it had', () => {
    const lost = { ...seen(task(0, { State: 'running' })), lostNodes: new Set(['n1']) }
    expect(verdictOf(lost, one)).toMatchObject({ state: 'failed', failure: { kind: 'lost', exitCode: null } })
    expect(lost.tasks.map(each => taskFacts(each, lost))).toMatchObject([{ state: 'lost', node: 'node-1' }])
  })
})

describe('several tasks', () => {
  const complete = (slot: number) => task(slot, { State: 'complete' })
  const failed = (slot: number, exit: number) =>
    task(slot, { State: 'failed', Err: `task: non-zero exit (${exit})`, exit })

  test('go on while one does, or is yet to come', () => {
    expect(verdictOf(seen(failed(0, 3), task(1, {})), three)).toEqual({ state: 'going' })
    expect(verdictOf(seen(complete(0), complete(1)), three)).toEqual({ state: 'going' })
    expect(verdictOf(seen(failed(0, 3), complete(1)), { ...three, maxConcurrent: 2 })).toEqual({
      state: 'going',
    })
    expect(verdictOf(seen(), three)).toEqual({ state: 'going' })
  })

  test('the first failure has the status, and the message counts', () => {
    const verdict = verdictOf(seen(complete(0), failed(1, 4), failed(2, 5)), three)
    expect(verdict).toMatchObject({ state: 'failed', failure: { kind: 'exit', exitCode: 4 } })
    expect(verdict.state === 'failed' && verdict.failure.message).toBe(
      '2 of 3 tasks failed: task 1 on node-1 ended with status 4',
    )
  })

  test('end when failed tasks hold every place', () => {
    const verdict = verdictOf(seen(complete(0), failed(1, 4)), { ...three, maxConcurrent: 1 })
    expect(verdict.state === 'failed' && verdict.failure.message).toContain('1 were not started')
  })

  test('a skipped status does not hide a failure', () => {
    const wanted = { ...three, skipExitCodes: [9] }
    expect(verdictOf(seen(complete(0), failed(1, 9), failed(2, 5)), wanted)).toMatchObject({
      failure: { exitCode: 5 },
    })
    expect(verdictOf(seen(complete(0), failed(1, 9), failed(2, 9)), wanted)).toEqual({
      state: 'ended',
      exitCode: 9,
    })
  })
})
