import { InvalidValueError } from '../../run/invalid.ts'
import type { Kind } from './kind.ts'

/** What is typed with Ctrl, by its byte. */
const controls = ['@', ...'abcdefghijklmnopqrstuvwxyz', '[', '\\', ']', '^', '_'].map(key => `ctrl-${key}`)

/** `ctrl-p,ctrl-q`: the keys that are typed one after the other, as bytes. Empty is the same as no flag. */
export const detachKeys: Kind<Uint8Array | undefined> = {
  meta: 'KEY,...',
  parse(text) {
    if (text === '') return undefined
    return Uint8Array.from(text.split(','), key => {
      if (/^[\0-\x7f]$/.test(key)) return key.charCodeAt(0)
      const byte = key === 'DEL' ? 127 : controls.indexOf(key)
      if (byte >= 0) return byte
      throw new InvalidValueError(
        'must be keys separated by commas',
        'A key is one character, DEL, or ctrl- with a to z, @, [, \\, ], ^ or _.',
      )
    })
  },
}
