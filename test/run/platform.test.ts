import { describe, expect, test } from 'vitest'
import { InvalidValueError } from '../../src/run/invalid.ts'
import { parsePlatform, platformText, samePlatform } from '../../src/run/platform.ts'

describe('reading', () => {
  test.each([
    ['linux/amd64', { os: 'linux', architecture: 'amd64' }],
    ['linux/arm64', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['Linux/ARM/V6', { os: 'linux', architecture: 'arm', variant: 'v6' }],
    ['linux/arm64/v8', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm64/v9', { os: 'linux', architecture: 'arm64', variant: 'v9' }],
    ['linux/amd64/v1', { os: 'linux', architecture: 'amd64' }],
    ['linux/amd64/v3', { os: 'linux', architecture: 'amd64', variant: 'v3' }],
    ['linux/x86_64', { os: 'linux', architecture: 'amd64' }],
    ['linux/aarch64', { os: 'linux', architecture: 'arm64' }],
    ['linux/i386', { os: 'linux', architecture: '386' }],
    ['linux/armhf', { os: 'linux', architecture: 'arm' }],
    ['windows/amd64', { os: 'windows', architecture: 'amd64' }],
  ])('%s', (text, platform) => {
    expect(parsePlatform(text)).toEqual(platform)
  })

  test('an architecture alone, or a system', () => {
    expect(parsePlatform('amd64')).toEqual({ os: 'linux', architecture: 'amd64' })
    expect(parsePlatform('aarch64')).toEqual({ os: 'linux', architecture: 'arm64' })
    expect(parsePlatform('linux').os).toBe('linux')
    expect(parsePlatform('Linux').architecture).toMatch(
      /^(amd64|arm64|386|arm|ppc64le|s390x|riscv64|loong64)$/,
    )
  })

  test('a variant without its v', () => {
    expect(parsePlatform('linux/arm/7')).toEqual({ os: 'linux', architecture: 'arm', variant: 'v7' })
    expect(parsePlatform('linux/arm64/8')).toEqual({ os: 'linux', architecture: 'arm64' })
  })

  test.each(['', 'foo', 'linux/', '/amd64', 'linux/arm/v7/x', 'linux amd64', 'linux/amd64 ', '../x'])(
    '%j is refused',
    text => {
      expect(() => parsePlatform(text)).toThrow(InvalidValueError)
    },
  )
})

test.each([
  ['linux/amd64', 'linux/amd64', true],
  ['linux/amd64', 'linux/x86_64', true],
  ['linux/amd64', 'linux/arm64', false],
  ['linux/amd64', 'windows/amd64', false],
  ['linux/arm64', 'linux/arm64/v8', true],
  ['linux/arm64/v8', 'linux/arm64', true],
  ['linux/arm', 'linux/arm/v7', true],
  ['linux/arm/v7', 'linux/arm', true],
  ['linux/arm/v7', 'linux/arm/v6', false],
  ['linux/arm/v7', 'linux/arm64', false],
])('wanted %s, found %s: %s', (wanted, found, same) => {
  const [os = '', architecture = '', variant] = found.split('/')
  const image = variant === undefined ? { os, architecture } : { os, architecture, variant }
  expect(samePlatform(parsePlatform(wanted), image)).toBe(same)
})

test.each(['linux/amd64', 'linux/arm/v7'])('%s is written as it is read', text => {
  expect(platformText(parsePlatform(text))).toBe(text)
})
