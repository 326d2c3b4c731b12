import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatRecording, replay } from '../../src/replay/index.ts'
import { appScenarios } from '../support/app-scenarios.ts'
import { recordedRegistries } from '../support/scenarios.ts'
import { type Lab, openLab } from './support/lab.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab()
})

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

test.each(appScenarios)(
  'two recordings of $name are one file, and play to what they were',
  async scenario => {
    const [one, other] = [await lab.record(scenario), await lab.record(scenario)]
    expect(formatRecording(other)).toBe(formatRecording(one))
    await using player = await replay(one)
    const result = await scenario.act(player.host, recordedRegistries, async () => undefined)
    expect(JSON.parse(JSON.stringify(result))).toEqual(one.head.result)
  },
)
