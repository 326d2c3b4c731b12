import { isUtf8 } from 'node:buffer'

const replacement = Buffer.from('\ufffd')

/**
 * The bytes as a log in JSON keeps them: each that is not part of a character becomes U+FFFD. A cut character at the end
 * stays when `goesOn`: its rest is yet to come.
 */
export function asLogged(bytes: Buffer, goesOn: boolean): Buffer {
  if (isUtf8(bytes)) return bytes
  const pieces: Uint8Array[] = []
  let plain = 0
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at, goesOn)
    if (length > 0) {
      at += length
      continue
    }
    pieces.push(bytes.subarray(plain, at), replacement)
    plain = ++at
  }
  pieces.push(bytes.subarray(plain))
  return Buffer.concat(pieces)
}

/** Whether a log may have replaced bytes there. */
export function hasReplacement(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(replacement)
}

/** The length of the character that begins there, as much of it as there is; 0 for none. */
function characterLength(bytes: Buffer, at: number, goesOn: boolean): number {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const length = lengthFrom(first)
  const character = bytes.subarray(at, at + length)
  if (isUtf8(character)) return character.length
  if (!goesOn) return 0
  const isCut = character.length < length && first >= 0xc2 && character.subarray(1).every(isContinuation)
  return isCut ? character.length : 0
}

/** Bytes of the character that begins with this one. */
function lengthFrom(first: number): number {
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
}

/** How many bytes remain when a character that is cut at the end is left out. */
export function completeLength(bytes: Uint8Array): number {
  let start = bytes.length - 1
  while (start > bytes.length - 3 && isContinuation(bytes[start])) start--
  return start >= 0 && bytes.length - start < lengthFrom(bytes[start] ?? 0) ? start : bytes.length
}

/** How many bytes at the start can only be the end of a character. */
export function restOfCharacter(bytes: Buffer): number {
  let length = 0
  while (length < 3 && isContinuation(bytes[length])) length++
  return length
}

export function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80
}
