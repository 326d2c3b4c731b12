import { describe, expect, test } from 'vitest'
import { mount, mountKeys, volume } from '../../../src/cli/values/mount.ts'
import { InvalidValueError } from '../../../src/run/invalid.ts'
import { random, tries } from '../../support/random.ts'
import { refusal } from '../failure.ts'
import { world } from '../world.ts'

const parse = (text: string) => mount.parse(text, world())

test.each([
  ['target=/d', { Type: 'volume', Target: '/d' }],
  ['src=data,dst=/d,ro', { Type: 'volume', Source: 'data', Target: '/d', ReadOnly: true }],
  ['TYPE=Bind,Source=/s,destination=/d', { Type: 'bind', Source: '/s', Target: '/d' }],
  [
    'type=bind,src=./s,dst=/d,readonly=false',
    { Type: 'bind', Source: '/work/dir/s', Target: '/d', ReadOnly: false },
  ],
  ['type=bind,src=..,dst=/d', { Type: 'bind', Source: '/work', Target: '/d' }],
  ['type=bind,src=/a,src=/s,dst=/d', { Type: 'bind', Source: '/s', Target: '/d' }],
  [
    'type=bind,src=/s,dst=/d,bind-propagation=rshared,bind-create-src,consistency=cached',
    {
      Type: 'bind',
      Source: '/s',
      Target: '/d',
      Consistency: 'cached',
      BindOptions: { Propagation: 'rshared', CreateMountpoint: true },
    },
  ],
  [
    'type=bind,src=/s,dst=/d,bind-nonrecursive',
    { Type: 'bind', Source: '/s', Target: '/d', BindOptions: { NonRecursive: true } },
  ],
  [
    'type=bind,src=/s,dst=/d,bind-recursive=disabled',
    { Type: 'bind', Source: '/s', Target: '/d', BindOptions: { NonRecursive: true } },
  ],
  [
    'type=bind,src=/s,dst=/d,bind-recursive=writable,readonly',
    { Type: 'bind', Source: '/s', Target: '/d', ReadOnly: true, BindOptions: { ReadOnlyNonRecursive: true } },
  ],
  [
    'type=bind,src=/s,dst=/d,ro,bind-recursive=readonly,bind-propagation=rprivate',
    {
      Type: 'bind',
      Source: '/s',
      Target: '/d',
      ReadOnly: true,
      BindOptions: { ReadOnlyForceRecursive: true, Propagation: 'rprivate' },
    },
  ],
  [
    'src=v1,dst=/d,volume-nocopy,volume-label=a=b,volume-label=c,volume-subpath=x/y',
    {
      Type: 'volume',
      Source: 'v1',
      Target: '/d',
      VolumeOptions: { NoCopy: true, Labels: { a: 'b', c: '' }, Subpath: 'x/y' },
    },
  ],
  [
    'dst=/d,volume-driver=local,volume-opt=type=nfs,"volume-opt=o=addr=x,rw",volume-opt=device=:/p',
    {
      Type: 'volume',
      Target: '/d',
      VolumeOptions: {
        DriverConfig: { Name: 'local', Options: { type: 'nfs', o: 'addr=x,rw', device: ':/p' } },
      },
    },
  ],
  [
    'type=tmpfs,dst=/d,tmpfs-size=64m,tmpfs-mode=1777',
    { Type: 'tmpfs', Target: '/d', TmpfsOptions: { SizeBytes: 64 * 1024 ** 2, Mode: 0o1777 } },
  ],
  [
    'type=image,src=alpine:3.22,dst=/d,image-subpath=etc',
    { Type: 'image', Source: 'alpine:3.22', Target: '/d', ImageOptions: { Subpath: 'etc' } },
  ],
])('%s', (text, mount) => {
  expect(parse(text)).toEqual(mount)
})

test('a label named __proto__ is one', () => {
  const labels = parse('dst=/d,volume-label=__proto__=x').VolumeOptions?.Labels ?? {}
  expect(Object.entries(labels)).toEqual([['__proto__', 'x']])
})

test.each([
  ['', 'field 1 is not a key of a mount'],
  ['dst=/d,', 'field 2 is not a key of a mount'],
  ['dst=/d,x=y', '"x" is not a key of a mount'],
  ['dst=/d,constructor=y', '"constructor" is not a key of a mount'],
  ['dst=/d, ro', 'field 2 is not a key of a mount'],
  ['dst=/d,source', 'source must have a value'],
  ['type=bind,src=/s', 'must have a target'],
  ['dst=d', 'target "d" must be an absolute path'],
  ['type=nfs,dst=/d', 'type "nfs" must be one of bind, volume, tmpfs, image, npipe, cluster'],
  ['type=bind,dst=/d', 'with type=bind must have a source'],
  ['type=image,dst=/d', 'with type=image must have a source'],
  ['type=bind,src=data,dst=/d', 'source "data" must be a path'],
  ['src=/s,dst=/d', 'source "/s" must be the name of a volume'],
  ['type=tmpfs,src=/s,dst=/d', 'source "/s" must be omitted'],
  ['dst=/d,ro=maybe', 'ro "maybe" must be true or false'],
  [
    'type=bind,src=/s,dst=/d,bind-recursive=yes',
    'bind-recursive "yes" must be one of enabled, disabled, writable, readonly',
  ],
  [
    'type=bind,src=/s,dst=/d,bind-recursive=writable',
    'with bind-recursive=writable or readonly must be read-only',
  ],
  ['type=bind,src=/s,dst=/d,ro,bind-recursive=readonly', 'with bind-recursive=readonly must be rprivate'],
  ['type=bind,src=/s,dst=/d,volume-nocopy', 'with type=bind must not have volume-* keys'],
  ['dst=/d,tmpfs-size=1m', 'with type=volume must not have tmpfs-* keys'],
  ['type=tmpfs,dst=/d,tmpfs-size=big', 'tmpfs-size "big" must be a number with a unit, such as 512m or 1.5g'],
  ['type=tmpfs,dst=/d,tmpfs-mode=0o9', 'tmpfs-mode "0o9" must be an octal file mode, such as 1777 or 0700'],
  [
    'type=tmpfs,dst=/d,tmpfs-mode=77777',
    'tmpfs-mode "77777" must be an octal file mode, such as 1777 or 0700',
  ],
  ['dst=/d,volume-label==x', 'volume-label must be NAME=VALUE'],
])('%j: %s', (text, problem) => {
  const { part, message } = refusal(() => parse(text))
  expect([part, message].filter(Boolean).join(' ')).toBe(problem)
})

test('the hint names the key that was meant', () => {
  expect(refusal(() => parse('dst=/d,sorce=x')).hint).toBe('Did you mean source?')
  expect(refusal(() => parse('dst=/d,bind-recursiv=true')).hint).toBe('Did you mean bind-recursive?')
})

test.each([
  'dst=/d,volume-opt=o=password=hunter2"',
  'dst=/d,volume-opt=o=password=a,hunter2',
  'dst=/d,volume-opt=o=password=a,hunter2=b',
  'dst=/d,volume-opt==hunter2',
  'type=bind,dst=/d,volume-opt=o=hunter2',
])("a driver's options are not shown: %s", text => {
  const error = refusal(() => parse(text))
  expect(`${error.stack}${error.hint}`).not.toContain('hunter2')
})

test('random fields are a mount or refused', () => {
  const pick = random(11)
  const keys = [...mountKeys.keys(), 'x', '"', '']
  const values = [
    'bind',
    'tmpfs',
    'volume',
    '/d',
    './s',
    'true',
    '1m',
    '0700',
    'a=b',
    'rprivate',
    '"a,b"',
    '\n',
    '',
  ]
  for (let i = 0; i < tries; i++) {
    const fields = Array.from(
      { length: pick(5) },
      () => `${keys[pick(keys.length)]}=${values[pick(values.length)]}`,
    )
    try {
      expect(parse(`dst=/d,${fields.join(',')}`).Target).toMatch(/^\//)
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidValueError)
    }
  }
})

describe('--volume', () => {
  test.each([
    ['/a:/b', '/a:/b'],
    ['/a:/b:ro', '/a:/b:ro'],
    ['/a:/b:ro,z', '/a:/b:ro,z'],
    ['name:/b', 'name:/b'],
    ['/b', '/b'],
    ['./a:/b', '/work/dir/a:/b'],
    ['../a:/b:ro', '/work/a:/b:ro'],
    ['.:/b', '/work/dir:/b'],
    ['..:/b', '/work:/b'],
    ['.a:/b', '/work/dir/.a:/b'],
  ])('%s', (text, bind) => {
    expect(volume.parse(text, world())).toBe(bind)
  })

  test.each([
    ['', 'must be /DIR, SOURCE:/DIR or SOURCE:/DIR:OPTIONS'],
    [':', 'must be /DIR, SOURCE:/DIR or SOURCE:/DIR:OPTIONS'],
    ['/a:', 'must be /DIR, SOURCE:/DIR or SOURCE:/DIR:OPTIONS'],
    ['/a:/b:', 'must be /DIR, SOURCE:/DIR or SOURCE:/DIR:OPTIONS'],
    ['/a:/b:ro:z', 'must be /DIR, SOURCE:/DIR or SOURCE:/DIR:OPTIONS'],
    ['name', 'must have an absolute path in the container, and has "name"'],
    ['./a', 'must have an absolute path in the container, and has "./a"'],
    ['/a:ro', 'must have an absolute path in the container, and has "ro"'],
    ['a/b:/b', 'must have a path or the name of a volume as its source'],
    ['~/a:/b', 'must have a path or the name of a volume as its source'],
    ['a:/b', 'must have a path or the name of a volume as its source'],
  ])('%j %s', (text, what) => {
    expect(refusal(() => volume.parse(text, world())).message).toBe(what)
  })

  test('the hint fits the source', () => {
    const hint = (text: string) => refusal(() => volume.parse(text, world())).hint
    expect(hint('a/b:/b')).toContain('"./a/b"')
    expect(hint('~/a:/b')).toContain('$HOME')
    expect(hint('a:/b')).toContain('two or more')
  })

  test('a directory with a colon in its name can only be mounted with --mount', () => {
    expect(refusal(() => volume.parse('./a:/b', { ...world(), cwd: '/odd:dir' })).hint).toBe('Use --mount.')
  })
})
