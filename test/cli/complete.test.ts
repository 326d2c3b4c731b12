import { describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { type Candidates, complete } from '../../src/cli/complete.ts'

const local = ['alpine:3.22', 'app:1']
const jobs = ['nightly', '0123456789ab']
const completed = (line: string): Promise<Candidates> =>
  complete(commands, line.split(' '), async what => (what === 'image' ? local : jobs))

describe('the candidates for the last word of', () => {
  test.each<[string, Candidates]>([
    ['ru', ['run']],
    ['--h', ['--help']],
    ['help ch', ['check']],
    ['bogus x', []],
    ['run --pul', ['--pull', '--pull-timeout']],
    ['run --pull ', ['missing', 'always', 'never', 'refresh']],
    ['run --pull=', ['--pull=missing', '--pull=always', '--pull=never', '--pull=refresh']],
    ['run --pull=a', ['--pull=always']],
    ['run -a std', ['stdout', 'stderr', 'stdin']],
    ['run --env-file ', 'file'],
    ['run --env-file=', 'file'],
    ['run --breaker /v', 'directory'],
    ['run --memory ', []],
    ['run --memory 1g ', local],
    ['run -t ', local],
    ['run -itm ', []],
    ['run -itm 1g a', local],
    ['run --rm alp', ['alpine:3.22']],
    ['run -- ', local],
    ['run alpine:3.22 ', 'file'],
    ['run alpine:3.22 --pul', 'file'],
    ['run --restar', []],
    ['pull alpine:3.22 ', local],
    ['pull alpine:3.22 --par', ['--parallel']],
    ['check --file ', 'file'],
    ['replay ', 'file'],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['version ', 'file'],
    ['logs -f ni', ['nightly']],
    ['wait ', jobs],
    ['stop ', jobs],
    ['rm --force 01', ['0123456789ab']],
  ])('%j', async (line, candidates) => {
    expect(await completed(line)).toEqual(candidates)
  })

  test('a line that asks for no image does not ask for them', async () => {
    const images = () => Promise.reject(new Error('asked'))
    for (const line of ['r', 'run --', 'run --pull ', 'run x '])
      await expect(complete(commands, line.split(' '), images)).resolves.toBeDefined()
  })
})
