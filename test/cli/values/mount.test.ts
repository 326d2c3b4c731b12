import { expect, test } from 'vitest'
import { UsageError } from '../../../src/cli/usage.ts'
import { parseMount } from '../../../src/cli/values/mount.ts'
import { mountKeys } from '../../../src/cli/values/mount-keys.ts'
import { random, tries } from '../../support/random.ts'
import { failure } from '../failure.ts'

const parse = (text: string) => parseMount(text, '--mount', '/work/dir')

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
  ['', '--mount: field 1 is not a key of a mount'],
  ['dst=/d,', '--mount: field 2 is not a key of a mount'],
  ['dst=/d,x=y', '--mount: "x" is not a key of a mount'],
  ['dst=/d,constructor=y', '--mount: "constructor" is not a key of a mount'],
  ['dst=/d, ro', '--mount: field 2 is not a key of a mount'],
  ['dst=/d,source', '--mount: source has no value'],
  ['type=bind,src=/s', '--mount has no target'],
  ['dst=d', '--mount target: "d" is not an absolute path'],
  ['type=nfs,dst=/d', '--mount type can\'t be "nfs"'],
  ['type=bind,dst=/d', '--mount: type=bind needs a source'],
  ['type=image,dst=/d', '--mount: type=image needs a source'],
  ['type=bind,src=data,dst=/d', '--mount source: "data" is not a path'],
  ['src=/s,dst=/d', '--mount source: "/s" is not a volume\'s name'],
  ['type=tmpfs,src=/s,dst=/d', '--mount source: "/s" is too much'],
  ['dst=/d,ro=maybe', '--mount ro: "maybe" is neither true nor false'],
  ['type=bind,src=/s,dst=/d,bind-recursive=yes', '--mount bind-recursive can\'t be "yes"'],
  [
    'type=bind,src=/s,dst=/d,bind-recursive=writable',
    '--mount: that bind-recursive is for a mount that is read-only',
  ],
  ['type=bind,src=/s,dst=/d,ro,bind-recursive=readonly', '--mount: bind-recursive=readonly needs rprivate'],
  ['type=bind,src=/s,dst=/d,volume-nocopy', "--mount: type=bind can't have volume-* keys"],
  ['dst=/d,tmpfs-size=1m', "--mount: type=volume can't have tmpfs-* keys"],
  ['type=tmpfs,dst=/d,tmpfs-size=big', '--mount tmpfs-size: "big" is not an amount of memory'],
  ['type=tmpfs,dst=/d,tmpfs-mode=0o9', '--mount tmpfs-mode: "0o9" is not a file mode'],
  ['type=tmpfs,dst=/d,tmpfs-mode=77777', '--mount tmpfs-mode: "77777" is not a file mode'],
  ['dst=/d,volume-label==x', '--mount volume-label has no name'],
])('%j: %s', (text, message) => {
  expect(failure(() => parse(text)).message).toBe(message)
})

test('the hint names the key that was meant', () => {
  expect(failure(() => parse('dst=/d,sorce=x')).hint).toBe('Did you mean source?')
  expect(failure(() => parse('dst=/d,bind-nonrecursive=true')).hint).toBe('Did you mean bind-recursive?')
})

test.each([
  'dst=/d,volume-opt=o=password=hunter2"',
  'dst=/d,volume-opt=o=password=a,hunter2',
  'dst=/d,volume-opt=o=password=a,hunter2=b',
  'dst=/d,volume-opt==hunter2',
  'type=bind,dst=/d,volume-opt=o=hunter2',
])("a driver's options are untold: %s", text => {
  const error = failure(() => parse(text))
  expect(`${error.stack}${error.hint}`).not.toContain('hunter2')
})

test('random fields are a mount or a usage error', () => {
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
      expect(error).toBeInstanceOf(UsageError)
    }
  }
})
