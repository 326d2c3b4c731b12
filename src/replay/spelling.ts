const shortEscapes: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\f': 'f',
  '\r': 'r',
}

/**
 * A pattern for a text in all the ways that programs write it down: as it is, in JSON (escaped as Go, Python or others
 * do, also inside other JSON), in a URL or a form, in base64 at any place of it. It is for bytes read as latin1.
 */
export function spelled(text: string): RegExp {
  const bytes = Buffer.from(text)
  const plain = Array.from(text, spelledCharacter).join('')
  // Fewer bytes have too few characters of their own in base64 to be known among others.
  const encoded = bytes.length < 4 ? [] : [0, 1, 2].map(shift => inBase64(bytes, shift))
  return new RegExp([plain, ...encoded].join('|'), 'g')
}

function spelledCharacter(character: string): string {
  if (/[a-z0-9]/i.test(character)) return character
  const bytes = Buffer.from(character)
  const units = Array.from({ length: character.length }, (_, at) => hex(character.charCodeAt(at), 4))
  const short = shortEscapes[character]
  const escaped = /["\\/]/.test(character) ? '\\\\{0,8}' : ''
  const ways = [
    escaped + literal(bytes.toString('latin1')),
    units.map(unit => `\\\\{1,8}u${unit}`).join(''),
    Array.from(bytes, byte => `%(?:25){0,3}${hex(byte, 2)}`).join(''),
    ...(short === undefined ? [] : [`\\\\{1,8}${short}`]),
    ...(character === ' ' ? ['\\+'] : []),
  ]
  return `(?:${ways.join('|')})`
}

/** The bytes in base64 where `shift` bytes, or three more, stand before them; neighbours share the first and the last character. */
function inBase64(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  const whole = (shift + bytes.length) % 3 === 0
  const own = encoded.slice(shift === 0 ? 0 : shift + 1, whole ? undefined : -1)
  const first = shift === 0 ? '' : '[\\w+/-]'
  return first + Array.from(own, base64Character).join('') + (whole ? '' : '[\\w+/-]')
}

function base64Character(character: string): string {
  if (character === '+') return '(?:[+-]|%2[bB])'
  return character === '/' ? '(?:\\\\?/|_|%2[fF])' : character
}

function hex(value: number, digits: number): string {
  return value
    .toString(16)
    .padStart(digits, '0')
    .replace(/[a-f]/g, digit => `[${digit}${digit.toUpperCase()}]`)
}

function literal(text: string): string {
  return Array.from(text, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
}
