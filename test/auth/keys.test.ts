import { expect, test } from 'vitest'
import { hostKeys, type ImagePlace, prefixKeys, registryKey, serverAddress } from '../../src/auth/keys.ts'
import { random, tries } from '../support/random.ts'

const HUB = 'https://index.docker.io/v1/'
const place = { registry: 'reg.example:5000', repository: 'group/project/app' }
const hub = { registry: 'docker.io', repository: 'library/alpine' }

test('a registry is called what it is, but for the Hub', () => {
  expect(registryKey('reg.example:5000')).toBe('reg.example:5000')
  expect(registryKey('docker.io')).toBe(HUB)
})

test.each([
  'reg.example:5000/group/project/app',
  'reg.example:5000/group/project',
  'reg.example:5000/group',
  'reg.example:5000/group/',
  'reg.example:5000',
  'reg.example:5000/',
  'REG.Example:5000/group',
  'https://reg.example:5000',
  'http://reg.example:5000/',
  'HTTPS://Reg.example:5000',
  'https://reg.example:5000/group/',
  'https://reg.example:5000/group/project',
  'https://reg.example:5000/v1/',
  'https://reg.example:5000/v2',
  'https://reg.example:5000/v2/group/',
])('%s is a prefix', key => {
  expect(prefixKeys(['other.io', key], place)).toEqual([key])
})

test.each([
  'reg.example',
  'reg.example:50000',
  'reg.example:500',
  'sub.reg.example:5000',
  'eg.example:5000',
  'reg.example:5000.evil.io',
  'evil.io/reg.example:5000/group',
  'https://evil.io/https://reg.example:5000/group',
  'https://user@reg.example:5000/group',
  'ftp://reg.example:5000',
  'reg.example:5000/gro',
  'reg.example:5000/group/proj',
  'reg.example:5000/groups',
  'reg.example:5000/Group',
  'reg.example:5000//group',
  'reg.example:5000/group/project/app/more',
  'reg.example:5000/group/project/app:1.0',
  'reg.example:5000/v2/group',
  'reg.example:5000/../group',
  'https://reg.example:5000/v2/other',
  'https://reg.example:5000/v2group',
  '',
  '/',
  'https://',
])('%j is none', key => {
  expect(prefixKeys([key], place)).toEqual([])
})

test('the longest counts, wherever it stands', () => {
  const keys = ['', '/group', '/group/project', '/group/project/app'].map(path => place.registry + path)
  for (let length = keys.length; length > 0; length--) {
    const some = keys.slice(0, length)
    expect(prefixKeys(some, place)).toEqual(some.slice(-1))
    expect(prefixKeys(some.toReversed(), place)).toEqual(some.slice(-1))
  }
})

test('of equal ones the plain spelling comes first, then the file has its order', () => {
  const keys = ['https://r.io/team/', 'R.io/team', 'r.io', 'http://r.io/team', 'r.io/team', 'r.io/team/']
  expect(prefixKeys(keys, { registry: 'r.io', repository: 'team/app' })).toEqual([
    'r.io/team',
    'https://r.io/team/',
    'R.io/team',
    'http://r.io/team',
    'r.io/team/',
  ])
  expect(prefixKeys(['http://r.io', 'r.io/', 'r.io'], { registry: 'r.io' })).toEqual([
    'r.io',
    'http://r.io',
    'r.io/',
  ])
})

test('without a repository only the registry itself counts', () => {
  expect(prefixKeys(['r.io/team', 'https://r.io/v2/', 'r.io//'], { registry: 'r.io' })).toEqual([
    'https://r.io/v2/',
    'r.io//',
  ])
})

test.each<[string, ImagePlace, readonly string[]]>([
  [HUB, hub, [HUB]],
  ['docker.io/library', hub, ['docker.io/library']],
  ['https://docker.io/library/', hub, ['https://docker.io/library/']],
  ['docker.io/library/alpine', hub, ['docker.io/library/alpine']],
  ['docker.io/team', hub, []],
  ['docker.io', hub, []],
  ['docker.io/', hub, []],
  ['https://docker.io', hub, []],
  ['https://docker.io/v1/', hub, []],
  ['https://docker.io/v2/', { registry: 'docker.io', repository: 'v2/app' }, []],
  ['index.docker.io', hub, []],
  ['index.docker.io/library', hub, []],
  ['index.docker.io/v1/', { registry: 'docker.io', repository: 'v1/app' }, []],
  [HUB, { registry: 'docker.io', repository: 'v1/app' }, [HUB]],
  ['https://index.docker.io/v1', hub, []],
  ['registry-1.docker.io/library', hub, []],
])('the Hub: %s', (key, image, found) => {
  expect(prefixKeys([key], image)).toEqual(found)
  expect(hostKeys([key], image)).toEqual([])
})

test('a path of the Hub counts before the Hub', () => {
  expect(prefixKeys([HUB, 'docker.io/library'], hub)).toEqual(['docker.io/library'])
})

test('any path of the host, in order', () => {
  const keys = ['r.io/b', 'r.io:5000/a', 'https://R.io/a', 'b.r.io/a', 'ftp://r.io/a', 'r.io/b/c']
  expect(hostKeys(keys, { registry: 'r.io' })).toEqual(['r.io/b', 'https://R.io/a', 'r.io/b/c'])
})

test.each([
  ['r.io', 'r.io', 'r.io'],
  ['r.io/team', 'r.io', 'r.io/team'],
  ['https://r.io:5000/v2/', 'r.io:5000', 'https://r.io:5000/v2/'],
  ['http://[::1]:5000/', '[::1]:5000', 'http://[::1]:5000/'],
  ['R.io/team', 'r.io', 'r.io'],
  ['HTTPS://r.io/team', 'r.io', 'r.io'],
  [HUB, 'docker.io', HUB],
  ['docker.io/library', 'docker.io', HUB],
])('%s is sent for %s as %s', (key, registry, address) => {
  expect(serverAddress(key, registry)).toBe(address)
})

test(`the best keys are those that a walk up from the image meets first (${tries} rounds)`, () => {
  const below = random(20261124)
  const pick = (choices: readonly string[]) => choices[below(choices.length)] ?? ''
  const path = () => Array.from({ length: below(4) }, () => pick(['a', 'b', 'ab'])).join('/')
  let met = 0
  for (let round = 0; round < tries; round++) {
    const image = { registry: 'r.io', repository: `${path()}/app`.replace(/^\//, '') }
    const keys = Array.from({ length: below(12) }, () => {
      const address = `${pick(['r.io', 'R.io', 's.io', 'r.io:1'])}/${path()}`.replace(/\/$/, '')
      return pick(['', 'https://', 'http://']) + address + pick(['', '/'])
    })
    const expected = walkUp([...new Set(keys)], image)
    expect([...prefixKeys(new Set(keys), image)].sort(), JSON.stringify({ keys, image })).toEqual(expected)
    if (expected.length > 0) met++
  }
  expect(met).toBeGreaterThan(tries / 4)
})

function walkUp(keys: readonly string[], { registry, repository }: Required<ImagePlace>): string[] {
  for (let at = `${registry}/${repository}`; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const spellings = ['', 'https://', 'http://'].flatMap(scheme => [
      `${scheme}${at}`,
      `${scheme}${at}/`,
      `${scheme}${at.replace('r.io', 'R.io')}`,
      `${scheme}${at.replace('r.io', 'R.io')}/`,
    ])
    const found = keys.filter(key => spellings.includes(key))
    if (found.length > 0) return found.sort()
  }
  return []
}
