import { describe, expect, test } from 'vitest'
import { parseArgs } from '../../src/cli/args.ts'
import { runCommand } from '../../src/cli/flags/run.ts'
import { readArguments } from '../../src/cli/grammar.ts'
import { UsageError } from '../../src/cli/usage.ts'
import { random, tries } from '../support/random.ts'
import { failure } from './failure.ts'
import { world } from './world.ts'

const files = { '/work/dir/one': 'A=file\nB=file\nHOME', '/two': 'B=two\nC=two' }
const here = world({ HOME: '/root' }, files)
const run = (...argv: string[]) => {
  const invocation = parseArgs(['run', ...argv], here)
  if (invocation.command !== 'run') throw new Error(`got ${invocation.command}`)
  return invocation
}

test('a run with nothing but an image', () => {
  expect(run('alpine')).toEqual({
    command: 'run',
    run: { image: 'alpine' },
    interactive: false,
    quiet: false,
    engine: {},
  })
})

test('what follows the image is the command', () => {
  expect(run('-t', 'alpine', 'ls', '-t', '--rm=never', '--help').run).toEqual({
    image: 'alpine',
    tty: true,
    command: ['ls', '-t', '--rm=never', '--help'],
  })
})

type Cases = Array<[argv: string[], given: object]>

const options: Cases = [
  [['-e', 'A=b', '--env=C', '-eHOME'], { env: { A: 'b', C: null, HOME: '/root' } }],
  [['-eA=x', '-eA=y'], { env: { A: 'y' } }],
  [['-e__proto__=x'], { env: Object.fromEntries([['__proto__', 'x']]) }],
  [['--env-file', 'one'], { env: { A: 'file', B: 'file', HOME: '/root' } }],
  [
    ['-e', 'A=flag', '--env-file=one', '--env-file=/two'],
    { env: { A: 'flag', B: 'two', C: 'two', HOME: '/root' } },
  ],
  [['-v', './a:/b', '--volume=/c'], { volumes: ['/work/dir/a:/b', '/c'] }],
  [
    ['--mount', 'type=bind,src=.,dst=/b', '--mount', 'dst=/c'],
    {
      mounts: [
        { Type: 'bind', Source: '/work/dir', Target: '/b' },
        { Type: 'volume', Target: '/c' },
      ],
    },
  ],
  [['-w', '/a', '--workdir', '/b'], { workdir: '/b' }],
  [['-w', '/a', '-w', ''], {}],
  [['-u', '1:2'], { user: '1:2' }],
  [['--user', ''], {}],
  [['--entrypoint', '/sh'], { entrypoint: '/sh' }],
  [['--entrypoint', ''], { entrypoint: '' }],
  [['--name', 'job'], { name: 'job' }],
  [['--name', ''], {}],
  [['--network', 'host'], { network: 'host' }],
  [['--net=container:x'], { network: 'container:x' }],
  [['--rm'], { remove: 'always' }],
  [['--rm=true'], { remove: 'always' }],
  [['--rm=false'], { remove: 'never' }],
  [['--rm=success'], { remove: 'success' }],
  [['-m', '1g'], { memory: 1024 ** 3 }],
  [['--cpus', '1.5'], { cpus: 1.5 }],
  [['--platform', 'linux/arm64'], { platform: 'linux/arm64' }],
  [['--pull', 'always', '--pull=never'], { pull: 'never' }],
  [['-l', 'a=b', '--label', 'c'], { labels: { a: 'b', c: '' } }],
  [['--init'], { init: true }],
  [['--init=false'], { init: false }],
  [['-t=true'], { tty: true }],
  [['-t', '--tty=0'], { tty: false }],
  [['--timeout', '1h30m'], { timeout: 5_400_000 }],
]

const others: Cases = [
  [['-i'], { interactive: true }],
  [['-i', '-i=false'], { interactive: false }],
  [['-q'], { quiet: true }],
  [['--outcome', '-'], { outcome: '-' }],
  [['--audit', 'a'], { audit: 'a' }],
  [['-H', 'tcp://x:1'], { engine: { host: 'tcp://x:1' } }],
  [['--context', 'farm', '--config=/c'], { engine: { context: 'farm', config: '/c' } }],
  [['--host', '', '--context', 'a', '--context', '', '--config='], { engine: {} }],
]

describe('each flag', () => {
  test.each(options)('%j', (argv, options) => {
    expect(run(...argv, 'alpine').run).toEqual({ image: 'alpine', ...options })
  })

  test.each(others)('%j', (argv, fields) => {
    expect(run(...argv, 'alpine')).toMatchObject(fields)
  })

  test('of the table is among these', () => {
    const argv = [...options, ...others].flatMap(([argv]) => argv)
    const given = new Set(readArguments(runCommand, argv).given.map(({ flag }) => flag.name))
    expect([...given, 'help'].sort()).toEqual(runCommand.flags.map(({ name }) => name).sort())
  })
})

test.each([
  [['run'], 'holdfast run needs an IMAGE'],
  [['run', '-t'], 'holdfast run needs an IMAGE'],
  [['run', '--'], 'holdfast run needs an IMAGE'],
  [['pull'], 'holdfast pull needs an IMAGE'],
  [['run', '-m', 'big', 'i'], '-m: "big" is not an amount of memory'],
  [['run', '--init=maybe', 'i'], '--init: "maybe" is neither true nor false'],
  [['run', '--pull', 'sometimes', 'i'], '--pull can\'t be "sometimes"'],
  [['run', '--rm=force', 'i'], '--rm can\'t be "force"'],
  [['run', '--timeout', '30', 'i'], '--timeout: "30" has no unit'],
  [['run', '--outcome', '', 'i'], '--outcome: the file has no name'],
  [['run', '--audit=', 'i'], '--audit: the file has no name'],
  [['run', '--network', 'a', '--net', 'b', 'i'], '--net "b" is a second network'],
  [
    ['run', '--network', 'name=a,alias=b', 'i'],
    '--network: "name=a,alias=b" is docker\'s long form, which holdfast does not have',
  ],
  [['run', '-H', 'a', '-H', 'b', 'i'], '-H names a second host'],
  [['run', '-H', 'a', '--context', 'b', 'i'], '--host and --context both say where the Engine is'],
  [['pull', '-H', 'a', '--context', 'b', 'i'], '--host and --context both say where the Engine is'],
  [['version', 'x'], 'holdfast version takes no argument, and got "x"'],
  [['version', '-q'], '"-q" is not a flag of holdfast version'],
  [['pull', '-a', 'x'], '-a (--all-tags) is not supported by holdfast pull'],
  [['version', '-f', 'json'], '-f (--format) is not supported by holdfast version'],
  [['rnu'], '"rnu" is not a command of holdfast'],
  [[''], '"" is not a command of holdfast'],
  [['help', 'rnu'], '"rnu" is not a command of holdfast'],
  [['help', 'run', 'x'], 'holdfast help takes one command'],
  [['--host=tcp://x', 'run', 'i'], '"--host" stands before the command'],
  [['-h'], '"-h" stands before the command'],
  [['\u001b[2J'], '"\\u001b[2J" is not a command of holdfast'],
])('%j: %s', (argv, message) => {
  const error = failure(() => parseArgs(argv, here))
  expect(error.message).toBe(message)
  expect(error.kind).toBe('usage')
  expect(error.hint).toMatch(/[.?]$/)
})

test('a command that is close is suggested', () => {
  expect(failure(() => parseArgs(['rnu'], here)).hint).toBe('Did you mean holdfast run?')
})

test.each([[['run', '-e', '=hunter2', 'i']], [['-ehunter2', 'run', 'i']], [['--env=hunter2', 'run', 'i']]])(
  'a variable is untold: %j',
  argv => {
    const error = failure(() => parseArgs(argv, here))
    expect(`${error.stack}${error.hint}`).not.toContain('hunter2')
  },
)

test.each([
  [[], 'holdfast'],
  [['--help'], 'holdfast'],
  [['help'], 'holdfast'],
  [['help', 'run'], 'run'],
  [['run', '--help'], 'run'],
  [['run', '-m', 'big', '--help', 'alpine'], 'run'],
  [['run', '--help=true'], 'run'],
  [['pull', 'alpine', '--help'], 'pull'],
  [['version', '--help'], 'version'],
])('%j is help on %s', (argv, topic) => {
  expect(parseArgs(argv, here)).toEqual({ command: 'help', topic })
})

test.each(['--version', '-v'])('%s', flag => {
  expect(parseArgs([flag], here)).toEqual({ command: 'version-only' })
})

test('version', () => {
  expect(parseArgs(['version', '-H', 'x', '--audit', 'a'], here)).toEqual({
    command: 'version',
    engine: { host: 'x' },
    audit: 'a',
  })
})

test('pull', () => {
  expect(parseArgs(['pull', 'a', '--platform', 'linux/arm64', '-q', 'b', '--config', '/c'], here)).toEqual({
    command: 'pull',
    images: ['a', 'b'],
    platform: 'linux/arm64',
    quiet: true,
    engine: { config: '/c' },
  })
})

describe('DOCKER_DEFAULT_PLATFORM', () => {
  const preset = world({ DOCKER_DEFAULT_PLATFORM: 'linux/amd64' })

  test('is the platform where no flag says it', () => {
    expect(parseArgs(['pull', 'a'], preset)).toMatchObject({ platform: 'linux/amd64' })
    expect(parseArgs(['run', 'a'], preset)).toMatchObject({ run: { platform: 'linux/amd64' } })
    expect(parseArgs(['run', '--platform=linux/arm', 'a'], preset)).toMatchObject({
      run: { platform: 'linux/arm' },
    })
  })

  test('is checked, and only where it counts', () => {
    const wrong = world({ DOCKER_DEFAULT_PLATFORM: 'amd' })
    expect(failure(() => parseArgs(['run', 'a'], wrong)).message).toBe(
      'DOCKER_DEFAULT_PLATFORM: "amd" is not a platform',
    )
    expect(parseArgs(['version'], wrong)).toMatchObject({ command: 'version' })
    expect(parseArgs(['run', '--help'], wrong)).toMatchObject({ command: 'help' })
  })
})

test('random arguments are an invocation or a usage error', () => {
  const pick = random(42)
  const flags = runCommand.flags.flatMap(({ name, short }) => [`--${name}`, `-${short}`, `--${name}=`])
  const values = [
    'true',
    '1',
    '1g',
    '1.5',
    '/a:/b',
    'dst=/a',
    'A=b',
    'one',
    'always',
    '',
    '=',
    '\0',
    '🚢',
    '\ud800',
    '__proto__',
  ]
  const words = [
    'run',
    'pull',
    'version',
    'help',
    '--help',
    '--',
    '-',
    'alpine',
    '-it',
    '---',
    ...flags,
    ...values,
  ]
  const word = () => words[pick(words.length)] ?? ''
  for (let i = 0; i < tries; i++) {
    const argv = Array.from({ length: pick(8) }, () => (pick(3) === 0 ? `${word()}${word()}` : word()))
    if (pick(4) > 0) argv.unshift('run')
    try {
      expect(parseArgs(argv, here)).toHaveProperty('command')
    } catch (error) {
      expect(error, argv.join(' ')).toBeInstanceOf(UsageError)
    }
  }
})
