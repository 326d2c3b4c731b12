import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isAlive, ownerText, ownOwner, parseOwner } from '../../../src/run/jobs/owner.ts'

test('this process lives', () => {
  const own = ownOwner()
  expect(own).toMatchObject({ host: hostname(), pid: process.pid, started: startedAt(process.pid) })
  expect(own.boot).toMatch(/^[\da-f-]{36}$/)
  expect(isAlive(own)).toBe(true)
})

test('as text and back', () => {
  expect(parseOwner(ownerText(ownOwner()))).toEqual(ownOwner())
})

test.each(['', 'host', 'a b c d e', 'a b c 0 e', 'a b c 1 e f', 'a b c 1'])('%j is no owner', text => {
  expect(parseOwner(text)).toBeUndefined()
})

test('a process that has ended is dead', async () => {
  const child = spawn('sleep', ['60'])
  const owner = { ...ownOwner(), pid: child.pid ?? 0, started: startedAt(child.pid ?? 0) }
  expect(isAlive(owner)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(owner)).toBe(false)
})

test('a zombie is dead', async () => {
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(parent.stdout, 'data')
  const pid = Number(line)
  const owner = { ...ownOwner(), pid, started: startedAt(pid) }
  // The shell would wait for its child; what it turns into does not.
  while (!readFileSync(`/proc/${parent.pid}/stat`, 'utf8').includes('(sleep)')) await setImmediate()
  process.kill(pid, 'SIGKILL')
  while (stat(pid).state !== 'Z') await setImmediate()
  expect(isAlive(owner)).toBe(false)
  parent.kill('SIGKILL')
  await once(parent, 'exit')
})

test('another process with the same pid is not the owner', () => {
  expect(isAlive({ ...ownOwner(), started: '1' })).toBe(false)
})

test.each([
  ['another host, or another boot of this one', { boot: '0a1b2c3d-0000-0000-0000-000000000000' }],
  ['another process table', { pids: '1' }],
  ['a system without /proc', { boot: '-', pids: '-', started: '-' }],
])('nothing is known of an owner on %s', (_, other) => {
  expect(isAlive({ ...ownOwner(), ...other })).toBeUndefined()
})

test('nothing is known from a system without /proc', () => {
  const blind = { ...ownOwner(), boot: '-', pids: '-', started: '-' }
  expect(isAlive(blind, blind)).toBeUndefined()
})

function startedAt(pid: number): string {
  return stat(pid).started
}

function stat(pid: number) {
  const [state = '', ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return { state, started: fields[18] ?? '' }
}
