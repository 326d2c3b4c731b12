import { describe, expect, test } from 'vitest'
import { parseArgs } from '../../src/cli/args.ts'
import { checkCommand } from '../../src/cli/flags/check.ts'
import type { Command } from '../../src/cli/flags/flag.ts'
import { pullCommand } from '../../src/cli/flags/pull.ts'
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

function pull(...argv: string[]) {
  const invocation = parseArgs(['pull', ...argv], here)
  if (invocation.command !== 'pull') throw new Error(`got ${invocation.command}`)
  return invocation
}

function check(...argv: string[]) {
  const invocation = parseArgs(['check', ...argv], here)
  if (invocation.command !== 'check') throw new Error(`got ${invocation.command}`)
  return invocation
}

test('a run with nothing but an image', () => {
  expect(run('alpine')).toEqual({
    command: 'run',
    run: { image: 'alpine' },
    interactive: false,
    progress: 'auto',
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

/** Of how an image is made local: for run and pull alike. */
const pulling: Cases = [
  [['--platform', 'linux/arm64'], { platform: 'linux/arm64' }],
  [['--platform=linux/arm64', '--platform', ''], {}],
  [['--pull-timeout', '5m'], { pullTimeout: { total: 300_000 } }],
  [['--pull-timeout', '1h', '--pull-timeout=connect=5s,idle=0'], { pullTimeout: { connect: 5000, idle: 0 } }],
  [['--anonymous-fallback'], { anonymousFallback: true }],
  [['--anonymous-fallback=0'], { anonymousFallback: false }],
  [['--breaker', '/var/lib/x'], { breaker: '/var/lib/x' }],
]

const pullingOthers: Cases = [
  [['--registry-user', 'ci', '--registry-password-stdin'], { registryUser: 'ci' }],
  [['--registry-password-stdin=false'], { progress: 'auto' }],
  [['--progress', 'plain'], { progress: 'plain' }],
  [['-q'], { quiet: true }],
]

/** Of when a registry is asked: for run and check alike. */
const policies: Cases = [
  [['--pull', 'always', '--pull=never'], { pull: 'never' }],
  [['--pull=refresh', '--stale-if', 'any'], { pull: 'refresh', staleIf: 'any' }],
  [['--max-stale', '7d', '--pull', 'refresh'], { pull: 'refresh', maxStale: 604_800_000 }],
]

const engines: Cases = [
  [['--audit', 'a'], { audit: 'a' }],
  [['-H', 'tcp://x:1'], { engine: { host: 'tcp://x:1' } }],
  [['--context', 'farm', '--config=/c'], { engine: { context: 'farm', config: '/c' } }],
  [['--host', '', '--context', 'a', '--context', '', '--config='], { engine: {} }],
]

const options: Cases = [
  ...pulling,
  ...policies,
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
  [['-l', 'a=b', '--label', 'c'], { labels: { a: 'b', c: '' } }],
  [['--init'], { init: true }],
  [['--init=false'], { init: false }],
  [['-t=true'], { tty: true }],
  [['-t', '--tty=0'], { tty: false }],
  [['--timeout', '1h30m'], { timeout: 5_400_000 }],
]

const others: Cases = [
  ...pullingOthers,
  ...engines,
  [['-i'], { interactive: true }],
  [['-i', '-i=false'], { interactive: false }],
  [['--outcome', '-'], { outcome: '-' }],
]

/** The names of the flags that these cases give. */
function given<Draft>(command: Command<Draft>, ...cases: Cases): string[] {
  const argv = cases.flatMap(([argv]) => argv)
  return [...new Set(readArguments(command, argv).given.map(({ flag }) => flag.name)), 'help'].sort()
}

describe('each flag', () => {
  test.each(options)('%j', (argv, options) => {
    expect(run(...argv, 'alpine').run).toEqual({ image: 'alpine', ...options })
  })

  test.each(others)('%j', (argv, fields) => {
    expect(run(...argv, 'alpine')).toMatchObject(fields)
  })

  test('of the table is among these', () => {
    expect(given(runCommand, ...options, ...others)).toEqual(runCommand.flags.map(({ name }) => name).sort())
  })
})

describe('each flag of pull', () => {
  const own: Cases = [
    [['--parallel', '8'], { parallel: 8 }],
    [['--json'], { json: true }],
  ]

  test.each(pulling)('%j', (argv, options) => {
    expect(pull('alpine', ...argv).pulling).toEqual(options)
  })

  test.each([...pullingOthers, ...engines, ...own])('%j', (argv, fields) => {
    expect(pull(...argv, 'alpine')).toMatchObject(fields)
  })

  test('of the table is among these', () => {
    expect(given(pullCommand, ...pulling, ...pullingOthers, ...engines, ...own)).toEqual(
      pullCommand.flags.map(({ name }) => name).sort(),
    )
  })
})

describe('each flag of check', () => {
  const options: Cases = [[['--platform=linux/arm64'], { platform: 'linux/arm64' }], ...policies]
  const own: Cases = [
    [['--file', '-'], { file: '-' }],
    [['--json', '--json=false'], { json: false }],
  ]

  test.each(options)('%j', (argv, options) => {
    expect(check('alpine', ...argv).check).toEqual(options)
  })

  test.each([...engines, ...own])('%j', (argv, fields) => {
    expect(check(...argv, 'alpine')).toMatchObject(fields)
  })

  test('of the table is among these', () => {
    expect(given(checkCommand, ...options, ...engines, ...own)).toEqual(
      checkCommand.flags.map(({ name }) => name).sort(),
    )
  })
})

test.each([
  [['run'], 'holdfast run needs an IMAGE'],
  [['run', '-t'], 'holdfast run needs an IMAGE'],
  [['run', '--'], 'holdfast run needs an IMAGE'],
  [['pull'], 'holdfast pull needs an IMAGE'],
  [['check', '--json'], 'holdfast check needs an IMAGE'],
  [['check', '--file=', 'i'], '--file: the file has no name'],
  [['check', '--stale-if', 'any', 'i'], '--stale-if means nothing without --pull refresh'],
  [['run', '--stale-if', 'any', 'i'], '--stale-if means nothing without --pull refresh'],
  [['run', '--max-stale', '1d', '--pull=missing', 'i'], '--max-stale means nothing without --pull refresh'],
  [['run', '--pull=refresh', '--stale-if', 'denied', 'i'], '--stale-if can\'t be "denied"'],
  [['run', '--pull=refresh', '--max-stale', '0s', 'i'], '--max-stale: "0s" is no time at all'],
  [['run', '--pull-timeout', '30', 'i'], '--pull-timeout: "30" has no unit'],
  [['run', '--breaker', '', 'i'], '--breaker: the directory has no name'],
  [['run', '--progress', 'bars', 'i'], '--progress can\'t be "bars"'],
  [['run', '--registry-user', 'ci', 'i'], '--registry-user needs --registry-password-stdin'],
  [['pull', '--registry-user', 'ci', 'i'], '--registry-user needs --registry-password-stdin'],
  [['pull', '--registry-password-stdin', 'i'], '--registry-password-stdin needs --registry-user'],
  [['pull', '--registry-user=', 'i'], '--registry-user is not a name of a user'],
  [
    ['run', '-i', '--registry-user=ci', '--registry-password-stdin', 'i'],
    "--registry-password-stdin and -i can't both have stdin",
  ],
  [['pull', '--parallel', '0', 'i'], '--parallel can\'t be "0"'],
  [['pull', '--parallel', 'all', 'i'], '--parallel can\'t be "all"'],
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

test.each([
  [['run', '-e', '=hunter2', 'i']],
  [['-ehunter2', 'run', 'i']],
  [['--env=hunter2', 'run', 'i']],
  [['run', '--registry-password=hunter2', 'i']],
  [['pull', '--registry-password', 'hunter2', 'i']],
  [['pull', '-registry-password=hunter2', 'i']],
  [['pull', '--registry-password-stdin=hunter2', 'i']],
  [['pull', '--registry-user=ci:hunter2', 'i']],
  [['--registry-password=hunter2', 'pull', 'i']],
])('a secret is untold: %j', argv => {
  const error = failure(() => parseArgs(argv, here))
  expect(`${error.stack}${error.hint}`).not.toContain('hunter2')
})

test('a password does not belong into the arguments', () => {
  expect(failure(() => parseArgs(['pull', '--registry-password=x', 'i'], here)).hint).toBe(
    'Write --registry-password-stdin, and pass it on stdin.',
  )
})

test.each([
  [[], 'holdfast'],
  [['--help'], 'holdfast'],
  [['help'], 'holdfast'],
  [['help', 'run'], 'run'],
  [['run', '--help'], 'run'],
  [['run', '-m', 'big', '--help', 'alpine'], 'run'],
  [['run', '--help=true'], 'run'],
  [['pull', 'alpine', '--help'], 'pull'],
  [['check', '--help'], 'check'],
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
    pulling: { platform: 'linux/arm64' },
    parallel: 3,
    json: false,
    progress: 'auto',
    quiet: true,
    engine: { config: '/c' },
  })
})

test('check', () => {
  expect(parseArgs(['check', 'a', '--json', 'b'], here)).toEqual({
    command: 'check',
    images: ['a', 'b'],
    check: {},
    json: true,
    engine: {},
  })
  expect(parseArgs(['check', '--file', 'f'], here)).toMatchObject({ images: [], file: 'f' })
})

describe('DOCKER_DEFAULT_PLATFORM', () => {
  const preset = world({ DOCKER_DEFAULT_PLATFORM: 'linux/amd64' })

  test('is the platform where no flag says it', () => {
    expect(parseArgs(['pull', 'a'], preset)).toMatchObject({ pulling: { platform: 'linux/amd64' } })
    expect(parseArgs(['check', 'a'], preset)).toMatchObject({ check: { platform: 'linux/amd64' } })
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
  const flags = [...runCommand.flags, ...pullCommand.flags, ...checkCommand.flags].flatMap(
    ({ name, short }) => [`--${name}`, `-${short}`, `--${name}=`],
  )
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
    'refresh',
    '7d',
    'connect=',
    ',idle=0',
    'total=1h',
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
    'check',
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
    if (pick(4) > 0) argv.unshift(['run', 'pull', 'check'][pick(3)] ?? '')
    try {
      expect(parseArgs(argv, here)).toHaveProperty('command')
    } catch (error) {
      expect(error, argv.join(' ')).toBeInstanceOf(UsageError)
    }
  }
})
