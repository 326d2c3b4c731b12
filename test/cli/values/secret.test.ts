import { describe, expect, test } from 'vitest'
import { tmpDir } from '../../../src/cli/values/copy.ts'
import { secret } from '../../../src/cli/values/secret.ts'
import { world } from '../world.ts'

const parse = (text: string) => secret.parse(text, world())

describe('--secret', () => {
  test.each([
    ['name=token,src=./token', ['token', { file: './token' }]],
    ['src=/a b,name=t', ['t', { file: '/a b' }]],
    ['name=t,source=f', ['t', { file: 'f' }]],
    ['name=t,env=TOKEN', ['t', { env: 'TOKEN' }]],
    ['name=a.b-c_1,"src=a,b"', ['a.b-c_1', { file: 'a,b' }]],
  ])('%s', (text, expected) => {
    expect(parse(text)).toEqual(expected)
  })

  test.each([
    ['name=t', 'must have src=FILE or env=VARIABLE'],
    ['src=f', 'must have a name'],
    ['name=t,src=f,env=E', 'must have one of src and env'],
    ['name=../x,src=f', 'must have names of 1 to 64'],
    ['name=t,value=x', 'has "value", which is not one of its keys'],
    ['name=t,src=', 'must have KEY=VALUE in field 2'],
    ['hunter2', 'must have KEY=VALUE in field 1'],
  ])('%s is refused', (text, message) => {
    expect(() => parse(text)).toThrow(message)
  })
})

describe('--tmp-dir', () => {
  test.each([
    ['/tmp/work', { to: '/tmp/work' }],
    ['/big:/tmp/work', { from: '/big', to: '/tmp/work' }],
    ['./here:/w', { from: './here', to: '/w' }],
  ])('%s', (text, expected) => {
    expect(tmpDir.parse(text, world())).toEqual(expected)
  })

  test.each(['', 'work', 'a:b', ':/x:y'])('%j is refused', text => {
    expect(() => tmpDir.parse(text, world())).toThrow('must be an absolute path in the container')
  })
})
