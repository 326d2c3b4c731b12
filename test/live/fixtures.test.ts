import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseRecording } from '../../src/replay/index.ts'
import { gist } from '../replay/gist.ts'
import { scenarios } from '../support/scenarios.ts'
import { type Lab, openLab } from './support/lab.ts'

let lab: Lab
let folder: string

beforeAll(async () => {
  lab = await openLab()
  folder = join(import.meta.dirname, '../fixtures', lab.generation)
  const engine = process.env.HOLDFAST_TEST_ENGINE
  const command = `${engine ? `HOLDFAST_TEST_ENGINE=${engine} ` : ''}npm run fixtures`
  if (!existsSync(folder)) throw new Error(`no fixtures of ${lab.generation}: ${command} records them`)
})

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

describe('the Engine still answers as its fixture of', () => {
  test.each(scenarios)('$name', async scenario => {
    const fixture = parseRecording(readFileSync(join(folder, `${scenario.name}.ndjson`), 'utf8'))
    const recording = await lab.record(scenario)
    expect(gist(recording), `${lab.generation}, ${scenario.name}`).toEqual(gist(fixture))
    expect(recording.head.result).toEqual(fixture.head.result)
  })
})
