import { describe, expect, test } from 'vitest'
import type { ContainerConfig, ContainerSpec } from '../../../src/engine/wire.ts'
import { checkContainer, forVersion } from '../../../src/run/container/fields.ts'
import { InvalidValueError } from '../../../src/run/invalid.ts'

const spec = (body: ContainerConfig): ContainerSpec => ({ Image: 'bb:1', ...body })
const mount = (more: object) =>
  spec({
    HostConfig: {
      Mounts: [
        { Type: 'bind', Target: '/a' },
        { Type: 'bind', Target: '/b', ...more },
      ],
    },
  })

describe('a field that the API version does not know', () => {
  test.each<[string, ContainerSpec, string]>([
    ['1.43', spec({ HostConfig: { Annotations: { a: 'b' } } }), 'HostConfig.Annotations'],
    ['1.44', spec({ Healthcheck: { StartInterval: 1 } }), 'Healthcheck.StartInterval'],
    [
      '1.42',
      mount({ BindOptions: { CreateMountpoint: true } }),
      'HostConfig.Mounts.BindOptions.CreateMountpoint',
    ],
    [
      '1.44',
      mount({ BindOptions: { ReadOnlyNonRecursive: true } }),
      'HostConfig.Mounts.BindOptions.ReadOnlyNonRecursive',
    ],
    ['1.45', mount({ VolumeOptions: { Subpath: 'x' } }), 'HostConfig.Mounts.VolumeOptions.Subpath'],
    ['1.47', mount({ ImageOptions: { Subpath: 'x' } }), 'HostConfig.Mounts.ImageOptions'],
    [
      '1.48',
      spec({ NetworkingConfig: { EndpointsConfig: { a: { GwPriority: 1 } } } }),
      'NetworkingConfig.EndpointsConfig.GwPriority',
    ],
    ['1.44', spec({ NetworkingConfig: { EndpointsConfig: { a: {}, b: {} } } }), 'a second network'],
  ])('API %s', (since, body, what) => {
    const before = `1.${Number(since.split('.')[1]) - 1}`
    expect(() => forVersion(body, before)).toThrow(
      expect.objectContaining({
        kind: 'usage',
        message: `${what} needs API ${since}, and the Engine has ${before}`,
      }),
    )
    expect(forVersion(body, since)).toEqual(body)
  })

  test('is no reason to refuse a body without it', () => {
    const body = spec({
      HostConfig: { Mounts: [], Memory: 1 },
      NetworkingConfig: { EndpointsConfig: { a: {} } },
    })
    expect(forVersion(body, '1.41')).toBe(body)
  })
})

test('before API 1.44 the MAC address is the container’s', () => {
  const body = spec({ NetworkingConfig: { EndpointsConfig: { a: { MacAddress: '92:d0:c6:0a:29:33' } } } })
  expect(forVersion(body, '1.43')).toEqual({ ...body, MacAddress: '92:d0:c6:0a:29:33' })
  expect(forVersion(body, '1.44')).toBe(body)
})

test.each<[unknown, string]>([
  [null, 'must be an object'],
  [[], 'must be an object'],
  ['x', 'must be an object'],
  [{ HostConfig: [] }, 'must be an object, and its HostConfig as well'],
  [{ Image: 'x' }, 'must not have the field Image'],
  [{ HostConfig: { AutoRemove: false } }, 'must not have the field HostConfig.AutoRemove'],
  [
    { HostConfig: { constructor: 1 } },
    "has the field HostConfig.constructor, which Docker's create body does not have",
  ],
  [{ user: 'x' }, "has the field user, which Docker's create body does not have"],
])('%j is refused: %s', (container, message) => {
  expect(() => checkContainer(container)).toThrow(InvalidValueError)
  expect(() => checkContainer(container)).toThrow(message)
})

test('a create body is taken', () => {
  expect(() => checkContainer({})).not.toThrow()
  expect(() => checkContainer({ User: 'x', HostConfig: { CapDrop: [] }, NetworkingConfig: {} })).not.toThrow()
})
