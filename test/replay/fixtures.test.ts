import { globSync, readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../../src/index.ts'
import { type Cut, parseRecording, replay } from '../../src/replay/index.ts'
import { localImage, login, recordedRegistries, scenarios } from '../support/scenarios.ts'
import { registryAuth, spellings } from '../support/secrets.ts'

const folder = join(import.meta.dirname, '../fixtures')
/** Each scenario is cut in each of these ways; byte by byte takes a hundred times as long as whole, so it is done once. */
const cuts: Record<string, Cut[]> = {
  'docker-20.10': ['whole', 'random:1', 'random:2'],
  'docker-28.5': ['whole', '1'],
  'podman-4.3': ['whole', 'random:3'],
}
const generations = Object.keys(cuts)

const read = (generation: string, name: string) =>
  parseRecording(readFileSync(join(folder, generation, `${name}.ndjson`), 'utf8'))

test('there are fixtures of an old Engine and a new one', () => {
  expect(generations).toEqual(expect.arrayContaining(['docker-20.10', 'docker-28.5']))
})

describe.each(generations)('%s', generation => {
  test('has a fixture for each scenario, and no other', () => {
    const files = readdirSync(join(folder, generation)).map(file => basename(file, '.ndjson'))
    expect(files.sort()).toEqual(scenarios.map(({ name }) => name).sort())
  })

  // Much at once: most of the time is a client's own pauses. A timeout is played by timeout.test.ts.
  test.concurrent.each(scenarios.filter(({ name }) => name !== 'run-timeout'))(
    '$name comes to what it came to, however it is cut',
    async ({ name, act }) => {
      const recording = read(generation, name)
      expect(recording.head).toMatchObject({ engine: generation, scenario: name })
      const play = async (cut: Cut) => {
        await using player = await replay(recording, { cut })
        const result = await act(player.host, recordedRegistries, async () => undefined)
        expect(JSON.parse(JSON.stringify(result)), cut).toEqual(recording.head.result)
        expect(player.problems, cut).toEqual([])
      }
      await Promise.all(cuts[generation]?.map(play) ?? [])
    },
    // Byte by byte takes its time on a machine that is busy.
    30_000,
  )
})

describe.each(generations)(
  'a client that asks for something else is noticed by a recording of %s',
  generation => {
    test.concurrent.each([
      ['run-ok', { command: ['rm', '-rf', '/data'] }, 'Cmd[0] "sh" was recorded, "rm" came'],
      ['run-failing', { command: ['sh', '-c', 'echo half; exit 3'], env: { DEBUG: '1' } }, 'Env'],
      [
        'run-stdin',
        { command: ['cat'], stdin: 'from there\n' },
        'byte 5 "here\\n" was recorded, "there\\n" came',
      ],
      ['run-tty', { command: ['tty'], tty: true }, 'Cmd[0] "sh" was recorded, "tty" came'],
    ])('%s', async (name, options, problem) => {
      await using player = await replay(read(generation, name), { loose: true, match: { body: true } })
      await run({ engine: player.host, image: localImage, network: 'none', reject: false, ...options })
      expect(player.problems.join('\n')).toContain(problem)
    })
  },
)

describe('no fixture has', () => {
  const files = globSync('**/*.ndjson', { cwd: folder })
  /** All that a file says, also in what is not text. */
  const said = files.map(file => {
    const text = readFileSync(join(folder, file), 'utf8')
    const inside = [...text.matchAll(/"base64":"([^"]*)"/g)].map(([, base64 = '']) =>
      Buffer.from(base64, 'base64').toString('latin1'),
    )
    return { file, text, all: [text, ...inside].join('\n') }
  })

  test('a password, however it is spelled', () => {
    const passwords = [login.password, 'correct horse']
    const spelled = passwords.flatMap(password => Object.values(spellings(login.username, password)))
    const header = registryAuth({ username: login.username, password: login.password }).slice(0, 40)
    for (const { file, all } of said)
      for (const spelling of [...spelled, header])
        expect(all.includes(spelling), `${spelling} in ${file}`).toBe(false)
  })

  test('an id, a date or a time that is not normalized', () => {
    for (const { file, all } of said) {
      const dates = all.match(/(?!0001)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?/g) ?? []
      expect(
        dates.filter(date => !/^2026-01-01T00:00:00(\.0+)?$/.test(date)),
        file,
      ).toEqual([])
      expect(all.match(/(?<![0-9a-f])(?!1d0{6}[0-9a-f]{4}0{52})[0-9a-f]{64}(?![0-9a-f])/g), file).toBeNull()
    }
  })

  // The Engine's own end of a connection that was reset is no address of anything.
  test("this machine's name, or an address of one of its registries", () => {
    const own = new RegExp(`(?<![\\w-])${hostname()}(?![\\w-])`)
    for (const { file, all } of said) {
      expect(own.test(all), file).toBe(false)
      const addresses = all.replaceAll(/127\.0\.0\.1:\d+-(>|\\+u003e)/g, '').match(/127\.0\.0\.1(:|%3A)\d+/g)
      expect(addresses, file).toBeNull()
    }
  })
})
