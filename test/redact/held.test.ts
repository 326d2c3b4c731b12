import { expect, test } from 'vitest'
import { HeldSecrets, redactorWith } from '../../src/redact/held.ts'

const redact = (text: string, ...own: string[]) => redactorWith(own).redact(text)

function holdSecrets(secrets: string[]): HeldSecrets {
  const held = new HeldSecrets()
  held.hold(secrets)
  return held
}

test('secrets are known while someone holds them', () => {
  const first = holdSecrets(['hunter2', 'sesame'])
  const second = holdSecrets(['hunter2'])
  expect(redact('hunter2 sesame')).toBe('[redacted] [redacted]')
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  expect(redact('hunter2 sesame')).toBe('[redacted] sesame')
  second[Symbol.dispose]()
  expect(redact('hunter2 sesame')).toBe('hunter2 sesame')
})

test('held twice by one, they are held once', () => {
  const held = holdSecrets(['hunter2'])
  held.hold(['hunter2', 'sesame'])
  expect([...held]).toEqual(['hunter2', 'sesame'])
  held[Symbol.dispose]()
  expect(redact('hunter2 sesame')).toBe('hunter2 sesame')
})

test('beside those of the request itself', () => {
  using _ = holdSecrets(['hunter2'])
  expect(redact('hunter2 sesame', 'sesame')).toBe('[redacted] [redacted]')
  expect(redact('hunter2 sesame')).toBe('[redacted] sesame')
})
