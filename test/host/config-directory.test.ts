import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configDirectory } from '../../src/host/config-directory.ts'

test.each([
  ['the one given', '/given', { DOCKER_CONFIG: '/env', HOME: '/home/me' }, '/given'],
  ['DOCKER_CONFIG, where an empty one is given', '', { DOCKER_CONFIG: '/env', HOME: '/home/me' }, '/env'],
  ['DOCKER_CONFIG', undefined, { DOCKER_CONFIG: '/env', HOME: '/home/me' }, '/env'],
  ['HOME', undefined, { HOME: '/home/me' }, '/home/me/.docker'],
  [
    'HOME, as an empty DOCKER_CONFIG is none',
    undefined,
    { DOCKER_CONFIG: '', HOME: '/home/me' },
    '/home/me/.docker',
  ],
  ['the account', undefined, {}, join(homedir(), '.docker')],
])('the directory comes from %s', (_, given, env, directory) => {
  expect(configDirectory(given, env)).toBe(directory)
})
