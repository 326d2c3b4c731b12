import { describe, expect, test } from 'vitest'
import type { ImageInspect } from '../../../src/engine/wire.ts'
import { ageOf, imageFacts } from '../../../src/run/image/facts.ts'
import { parseReference } from '../../../src/run/reference.ts'
import { digestOf, image } from '../../support/fake-image.ts'

const digest = `sha256:${digestOf('manifest')}`
const elsewhere = `sha256:${digestOf('elsewhere')}`
const never = '0001-01-01T00:00:00Z'
const now = Date.parse('2026-11-23T15:00:00Z')

function digestIn(text: string, RepoDigests: string[] | null): string | null {
  return imageFacts(parseReference(text), image('x:1', { RepoDigests })).digest
}

test('of an image that was pulled', () => {
  const pulled = image('x:1', { RepoDigests: [`x@${digest}`] })
  expect(imageFacts(parseReference('docker.io/library/x:1'), pulled)).toStrictEqual({
    reference: 'docker.io/library/x:1',
    id: pulled.Id,
    digest,
    platform: 'linux/amd64',
    created: '2026-11-23T14:52:02.463466924Z',
    age: expect.any(Number),
  })
})

test.each([
  ['made here', ''],
  ['that does not say when it was made', never],
])('of an image %s: no digest, no date, no age', (_, Created) => {
  const made = image('x:1', { RepoDigests: null, Created, Architecture: 'arm', Variant: 'v7' })
  expect(imageFacts(parseReference(made.Id), made)).toStrictEqual({
    reference: made.Id,
    id: made.Id,
    digest: null,
    platform: 'linux/arm/v7',
    created: null,
    age: null,
  })
})

describe('the digest', () => {
  test('is the one of the repository asked for', () => {
    expect(digestIn('x:1', [`reg.example/x@${elsewhere}`, `x@${digest}`])).toBe(digest)
  })

  test('is known by the name in full, which Podman shows', () => {
    expect(digestIn('x:1', [`reg.example/x@${elsewhere}`, `docker.io/library/x@${digest}`])).toBe(digest)
  })

  test('of a repository whose name begins alike is another’s', () => {
    expect(digestIn('x:1', [`x2@${elsewhere}`, `x@${digest}`])).toBe(digest)
  })

  test('of another repository is better than none', () => {
    expect(digestIn('x:1', [`reg.example/x@${elsewhere}`])).toBe(elsewhere)
  })
})

describe('the age', () => {
  const hourAgo = '2026-11-23T14:00:00.123456789Z'
  const inContainerd = { Id: elsewhere, RepoDigests: [`x@${elsewhere}`] }
  const tagged = (LastTagTime: string) => ({ Metadata: { LastTagTime } })

  test.each<[string, Partial<ImageInspect>, number | null]>([
    ['since the containerd store named it', { ...inContainerd, ...tagged('2026-11-23T14:59:00Z') }, 60_000],
    [
      'since it was built with a graph driver, whatever was tagged',
      tagged('2026-11-23T14:59:00Z'),
      3_600_000 - 123,
    ],
    ['since it was built, where the Engine does not report more', {}, 3_600_000 - 123],
    ['since it was built, where it was never named', { ...inContainerd, ...tagged(never) }, 3_600_000 - 123],
    ['in another zone', { ...inContainerd, ...tagged('2026-11-23T16:59:00.5+02:00') }, 59_500],
    ['is never below nothing, whatever the clocks say', { Created: '2030-01-01T00:00:00Z' }, 0],
    [
      'is unknown where the date is the epoch, as of builds that hide theirs',
      { Created: '1970-01-01T00:00:00Z' },
      null,
    ],
    ['is unknown without a date', { Created: '' }, null],
    ['is unknown where the date is Go’s zero', { Created: never }, null],
    ['is unknown where both are', { Created: never, ...inContainerd, ...tagged(never) }, null],
    ['is unknown where it is no date', { Created: 'yesterday' }, null],
  ])('%s', (_, different, age) => {
    expect(ageOf(image('x:1', { Created: hourAgo, ...different }), now)).toBe(age)
  })
})
