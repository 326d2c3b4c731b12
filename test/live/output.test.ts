import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { holdfast, leftBehind, rounds, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'
import { containers } from './support/request.ts'

const mebibyte = 2 ** 20
/** The amount of the long test: 1 GiB where time is no matter. */
const much = (rounds >= 200 ? 1024 : 256) * mebibyte

/** With an Engine that keeps no logs, output comes ten times as fast; the other one keeps them as most do. */
let unlogged: TestEngine
let engine: TestEngine
let user: User

beforeAll(async () => {
  engine = await startEngine()
  unlogged = await startEngine({ flags: ['--log-driver', 'none'] })
  await importBusybox(engine.socket, 'busybox:live')
  await importBusybox(unlogged.socket, 'busybox:live')
})

afterAll(async () => {
  await engine?.stop()
  await unlogged?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  const containers = await Promise.all([engine, unlogged].map(({ socket }) => leftBehind(socket)))
  expect([...user.leave(), ...containers.flat()]).toEqual([])
})

/** Has the command note, as it exits, the most memory that it ever had: `peak()` in MiB. */
function noteMemory(): { env: Record<string, string>; peak(): number } {
  const file = user.path('status')
  const program = `import { readFileSync, writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync(${JSON.stringify(file)}, readFileSync('/proc/self/status')))`
  return {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` },
    peak: () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1]) / 1024,
  }
}

/** What `yes TEXT | head -c BYTES` prints. */
function* repeated(text: string, bytes: number): Generator<Buffer> {
  const piece = Buffer.from(`${text}\n`.repeat(10_000))
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left)
}

function digest(pieces: Iterable<Uint8Array>): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

describe('much output', () => {
  it.each([
    ['an Engine that keeps logs', () => engine, 32 * mebibyte],
    ['an Engine that keeps none', () => unlogged, much],
  ])('of %s arrives whole, in little memory', { timeout: 300_000 }, async (_, on, bytes) => {
    const text = 'all that is printed arrives'
    const { env, peak } = noteMemory()
    const script = `yes '${text}' | head -c ${bytes}; printf end >&2; exit 5`
    const command = user.start(['run', '-H', on().host, 'busybox:live', 'sh', '-c', script], {
      env,
      collect: false,
    })
    const hash = createHash('sha256')
    let received = 0
    for await (const chunk of command.stdout ?? []) {
      hash.update(chunk)
      received += chunk.length
    }
    expect(await command.finished).toMatchObject({ status: 5, stderr: 'end' })
    expect(received).toBe(bytes)
    expect(hash.digest('hex')).toBe(digest(repeated(text, bytes)))
    expect(peak()).toBeLessThan(150)
    if (process.env.HOLDFAST_LIVE_FIGURES)
      process.stderr.write(`${bytes / mebibyte} MiB: peak ${peak()} MiB\n`)
  })

  it('waits for a slow reader, and nothing of it is lost', async () => {
    const bytes = 128 * mebibyte
    const { env, peak } = noteMemory()
    const script = `yes slow | head -c ${bytes}`
    const command = user.start(['run', '-H', unlogged.host, 'busybox:live', 'sh', '-c', script], {
      env,
      collect: false,
    })
    const chunks: Buffer[] = []
    let sinceRest = 0
    for await (const chunk of command.stdout ?? []) {
      chunks.push(chunk)
      sinceRest += chunk.length
      if (sinceRest > 32 * mebibyte) {
        sinceRest = 0
        // A whole job runs while nothing is read.
        expect(await user.run(['run', 'busybox:live', 'true'])).toMatchObject({ status: 0 })
      }
    }
    expect(await command.finished).toMatchObject({ status: 0, stderr: '' })
    expect(digest(chunks)).toBe(digest(repeated('slow', bytes)))
    expect(peak()).toBeLessThan(150)
  })

  it('that is not read any more does not delay the time limit', async () => {
    const mapLimit = ['run', '-H', unlogged.host, '--init', '--timeout', '2s', 'busybox:live', 'yes']
    const command = user.start(mapLimit, { collect: false })
    // One piece is taken, and no more is asked for.
    await once(command.stdout ?? process.stdin, 'readable')
    await expect.poll(() => existsSync(`/proc/${command.pid}`), { timeout: 60_000, interval: 50 }).toBe(false)
    command.stdout?.resume()
    expect(await command.finished).toMatchObject({ status: 124 })
    expect(await containers(unlogged.socket)).toEqual([])
  })

  it('of both streams stays apart', async () => {
    const bytes = 8 * mebibyte
    const script = `(yes out | head -c ${bytes}) & (yes problem | head -c ${bytes} >&2) & wait`
    const ended = await user.run(['run', '-H', unlogged.host, 'busybox:live', 'sh', '-c', script])
    expect(ended.status).toBe(0)
    expect(digest([ended.stdout])).toBe(digest(repeated('out', bytes)))
    expect(digest([Buffer.from(ended.stderr)])).toBe(digest(repeated('problem', bytes)))
  })

  it('of any bytes is passed on as it is', async () => {
    const script = 'printf "\\000\\001\\377\\376\\200 \\303"; printf "\\244\\033[31m\\r\\n"'
    const ended = await user.run(['run', 'busybox:live', 'sh', '-c', script])
    expect(ended.stdout).toEqual(Buffer.from('\0\x01\xff\xfe\x80 \xc3\xa4\x1b[31m\r\n', 'latin1'))
  })
})

describe('a reader that goes', () => {
  it.each(['stdout', 'stderr'])('from %s ends the job at once', async stream => {
    const pipe = stream === 'stdout' ? '|' : '2>&1 >/dev/null |'
    const job = stream === 'stdout' ? 'yes' : 'yes >&2'
    const shell = `"$0" run -H ${unlogged.host} busybox:live sh -c '${job}' ${pipe} head -n 1; echo "\${PIPESTATUS[0]}"`
    const ended = await user.startProgram('bash', ['-c', shell, holdfast]).finished
    expect(ended).toMatchObject({ text: 'y\n141\n', stderr: '' })
  })

  it('is met when something is printed, and not before', async () => {
    const shell = `"$0" run -H ${unlogged.host} busybox:live sh -c 'echo first; read line; echo "$line"; exec yes' | head -n 1; echo "\${PIPESTATUS[0]}"`
    const ended = await user.startProgram('bash', ['-c', shell, holdfast]).finished
    expect(ended).toMatchObject({ text: 'first\n141\n', stderr: '' })
  })

  it('from output that is not printed does not matter', async () => {
    const shell = `"$0" run -H ${unlogged.host} busybox:live sh -c 'exit 4' | true; echo "\${PIPESTATUS[0]}"`
    expect(await user.startProgram('bash', ['-c', shell, holdfast]).finished).toMatchObject({
      text: '4\n',
      stderr: '',
    })
  })
})

it('a full disk is reported, and ends the job', async () => {
  const full = openSync('/dev/full', 'w')
  try {
    const ended = await user.run(['run', 'busybox:live', 'sh', '-c', 'echo lost; exec sleep 1000'], {
      stdout: full,
    })
    expect(ended.status).toBe(125)
    expect(ended.stderr).toMatch(/^holdfast: stdout.*ENOSPC.*\nholdfast: .*\n$/)
  } finally {
    closeSync(full)
  }
})

describe('stdin', () => {
  it('is not passed on without -i', async () => {
    const ended = await user.run(['run', 'busybox:live', 'cat'], { stdin: 'unwanted' })
    expect(ended).toMatchObject({ status: 0, text: '', stderr: '' })
  })

  it('goes to the container with -i', async () => {
    const ended = await user.run(['run', '-i', 'busybox:live', 'sh', '-c', 'cat; exit 6'], {
      stdin: 'wanted\n',
    })
    expect(ended).toMatchObject({ status: 6, text: 'wanted\n', stderr: '' })
  })

  it('goes to and fro', async () => {
    const answer = 'while read -r line; do echo "got $line"; done; printf "left $line"'
    const command = user.start(['run', '-i', 'busybox:live', 'sh', '-c', answer], { stdin: 'open' })
    command.stdin.write('one\n')
    await command.printed(/got one\n/)
    command.stdin.end('two')
    expect(await command.finished).toMatchObject({ status: 0, text: 'got one\nleft two', stderr: '' })
  })

  it('that is large arrives whole', async () => {
    const text = 'all that is sent arrives'
    const bytes = 50 * mebibyte
    const command = user.start(['run', '-i', 'busybox:live', 'sha256sum'], { stdin: 'open' })
    for (const piece of repeated(text, bytes)) {
      if (!command.stdin.write(piece)) await once(command.stdin, 'drain')
    }
    command.stdin.end()
    const ended = await command.finished
    expect(ended).toMatchObject({ status: 0, stderr: '', text: `${digest(repeated(text, bytes))}  -\n` })
  })

  it('that stays open does not delay the end of a job', async () => {
    const command = user.start(['run', '-i', 'busybox:live', 'head', '-n', '1'], { stdin: 'open' })
    command.stdin.write('one\n')
    expect(await command.finished).toMatchObject({ status: 0, text: 'one\n', stderr: '' })
  })

  it('that a container does not read is no failure', async () => {
    const command = user.start(['run', '-i', 'busybox:live', 'sh', '-c', 'exit 8'], { stdin: 'open' })
    for (const piece of repeated('unread', 4 * mebibyte)) command.stdin.write(piece)
    command.stdin.end()
    expect(await command.finished).toMatchObject({ status: 8, stderr: '' })
  })
})

describe('a terminal', () => {
  /** Types into a terminal of its own, in which a command runs. */
  function terminal(command: string) {
    const shell = `stty rows 24 cols 80; echo "terminal $(tty)"; "${holdfast}" ${command}`
    return user.startProgram('script', ['--quiet', '--return', '--command', shell, '/dev/null'], {
      stdin: 'open',
    })
  }

  it('is given to the container, as large as ours, and follows it', async () => {
    const watch = 'trap "stty size" WINCH; stty size; sleep 1000 & while kill -0 $!; do wait; done'
    const screen = terminal(`run -it busybox:live sh -c '${watch}'`)
    const [, path] = await screen.printed(/terminal (\/dev\/pts\/\d+)/)
    await screen.printed(/24 80\r\n/)
    const resized = user.startProgram('stty', ['-F', String(path), 'rows', '40', 'cols', '100'])
    expect(await resized.finished).toMatchObject({ status: 0 })
    await screen.printed(/40 100\r\n/)
    // Ctrl-C goes to the container as a key, whose terminal makes a signal of it.
    screen.stdin.write('\x03')
    expect((await screen.finished).status).toBe(130)
  })

  it('takes what is typed, and is as it was afterwards', async () => {
    const screen = terminal(
      `run -it busybox:live sh -c 'echo inside; read word; echo "read $word"; exit 9'; echo status $?; stty -a`,
    )
    await screen.printed(/inside\r\n/)
    screen.stdin.write('hello\r')
    await screen.printed(/hello\r\nread hello\r\n/)
    const { text } = await screen.finished
    expect(text).toMatch(/status 9\r\n/)
    for (const setting of ['icanon', 'echo', 'opost', 'onlcr'])
      expect(text.split(/[\s;]+/)).toContain(setting)
  })

  it('can be had without one of ours', async () => {
    const ended = await user.run([
      'run',
      '-t',
      'busybox:live',
      'sh',
      '-c',
      'test -t 1 && echo yes; echo problem >&2',
    ])
    expect(ended).toMatchObject({ status: 0, text: 'yes\r\nproblem\r\n', stderr: '' })
  })

  it('is refused for input that is none', async () => {
    const ended = await user.run(['run', '-it', 'busybox:live', 'true'], { stdin: 'no keyboard' })
    expect(ended.status).toBe(125)
    expect(ended.stderr).toMatch(/^holdfast: usage: .*terminal.*\nholdfast: .*\n$/)
  })
})
