import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeEngine } from '../support/fake-engine.ts'
import { User } from './support/command.ts'

/*
 * The docker command and holdfast are given the same flags by an Engine that runs what it is asked to; the requests that make the
 * container run must be the same, in the same order. What one of them asks beside that is listed with a reason.
 */

/** Requests of holdfast that docker does not make. */
const ours: Record<string, string> = {
  image: 'looks whether the image is local and right, before anything is created',
  logs: 'shows after the exit whether the output had been cut',
  inspect: 'gives the reason of the end: out of memory or not',
  remove: 'removes the container, as --rm is the default',
}

/** Requests of docker that holdfast does not make. */
const theirs: Record<string, string> = {
  ping: 'docker asks for the API version first; the first answer to holdfast has it',
  info: 'docker asks for the default registry of Windows Engines before a pull',
}

let engine: FakeEngine
let user: User

beforeEach(async () => {
  engine = await FakeEngine.start({ images: ['here:1'], registry: ['there:1'] })
  user = new User(engine.host)
})

afterEach(async () => {
  expect(user.leave()).toEqual([])
  await engine[Symbol.asyncDispose]()
})

/** What is asked of the Engine. Attach and wait are sent by holdfast at once, and are taken in docker's order. */
async function asked(program: 'docker' | 'holdfast', argv: readonly string[]): Promise<string[]> {
  const before = engine.requests.length
  const command = program === 'docker' ? user.startProgram('docker', argv) : user.start(argv)
  await command.finished
  const requests = engine.requests.slice(before).map(({ operation }) => operation as string)
  const extra = program === 'docker' ? theirs : ours
  const common = requests.filter(operation => !(operation in extra))
  const at = common.indexOf('wait')
  return at >= 0 && common[at + 1] === 'attach' ? common.toSpliced(at, 2, 'attach', 'wait') : common
}

describe('the order of the requests', () => {
  test.each([
    ['an image that is there', ['run', 'here:1', 'true']],
    ['with limits and mounts', ['run', '-m', '64m', '-v', '/data', '--init', 'here:1', 'true']],
    ['with stdin', ['run', '-i', 'here:1', 'cat']],
    ['with a terminal', ['run', '-t', 'here:1', 'true']],
    ['never pulled', ['run', '--pull', 'never', 'here:1', 'true']],
    ['always pulled', ['run', '--pull', 'always', 'there:1', 'true']],
  ])('%s', async (_, argv) => {
    const docker = await asked('docker', argv)
    expect(docker).toContain('start')
    expect(await asked('holdfast', argv)).toEqual(docker)
  })

  test('an image that is not there: docker creates in vain first', async () => {
    const argv = ['run', 'there:1', 'true']
    const docker = await asked('docker', argv)
    expect(docker.slice(0, 3)).toEqual(['create', 'pull', 'create'])
    engine.images.length = 0
    expect(await asked('holdfast', argv)).toEqual(docker.slice(1))
  })
})
