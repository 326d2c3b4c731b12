import { expect, test } from 'vitest'
import { parsePlatform } from '../../../src/cli/values/platform.ts'
import { failure } from '../failure.ts'

test.each(['linux/amd64', 'linux/arm64/v8', 'windows/amd64', 'linux/x86_64'])('%s', text => {
  expect(parsePlatform(text, '--platform')).toBe(text)
})

test.each(['linux', '/amd64', 'linux/', 'linux/arm64/v8/x', 'linux amd64', 'linux/amd64,linux/arm64'])(
  '%j is none',
  text => {
    const { message } = failure(() => parsePlatform(text, '--platform'))
    expect(message).toBe(`--platform: ${JSON.stringify(text)} is not a platform`)
  },
)
