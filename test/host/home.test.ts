import { homedir } from 'node:os'
import { expect, test } from 'vitest'
import { homeDirectory } from '../../src/host/home.ts'

test('the home directory is what HOME says, else the account', () => {
  expect(homeDirectory({ HOME: '/home/me' })).toBe('/home/me')
  expect(homeDirectory({ HOME: '' })).toBe(homedir())
  expect(homeDirectory({})).toBe(homedir())
})
