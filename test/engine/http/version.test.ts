import { expect, test } from 'vitest'
import {
  agreeOn,
  compareVersions,
  newestApi,
  oldestApi,
  versionFromEnvironment,
} from '../../../src/engine/http/version.ts'
import { engineError } from '../../support/errors.ts'

test.each([
  ['1.41', '1.41', 0],
  ['1.9', '1.41', -1],
  ['1.100', '1.52', 1],
  ['2.0', '1.52', 1],
])('%s against %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign)
})

test.each([
  [oldestApi, oldestApi],
  ['1.47', '1.47'],
  [newestApi, newestApi],
  ['1.56', newestApi],
  ['2.0', newestApi],
  [undefined, newestApi],
  ['', newestApi],
  ['1.41-beta', newestApi],
])('an Engine that says %j is spoken to in %s', (theirs, ours) => {
  expect(agreeOn(theirs, 'the Engine')).toBe(ours)
})

test.each(['1.40', '1.24', '1.4', '0.99'])('an Engine of %s is too old', async theirs => {
  expect(await engineError((async () => agreeOn(theirs, 'the Engine at x'))())).toMatchObject({
    code: 'api-too-old',
    kind: 'engine-error',
    message: `the Engine at x speaks API ${theirs}; holdfast needs ${oldestApi} or newer`,
  })
})

test.each([
  [undefined, undefined],
  ['', undefined],
  ['1.44', '1.44'],
  ['v1.44', '1.44'],
  ['1.30', '1.30'],
])('DOCKER_API_VERSION=%s', (DOCKER_API_VERSION, version) => {
  expect(versionFromEnvironment(DOCKER_API_VERSION === undefined ? {} : { DOCKER_API_VERSION })).toBe(version)
})

test.each(['1', 'latest', '1.44/..', '1.x'])('DOCKER_API_VERSION=%s is refused', async DOCKER_API_VERSION => {
  const error = await engineError((async () => versionFromEnvironment({ DOCKER_API_VERSION }))())
  expect(error).toMatchObject({ code: 'usage', hint: expect.stringContaining(newestApi) })
})
