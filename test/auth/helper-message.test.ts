import { expect, test } from 'vitest'
import { helperMessage } from '../../src/auth/helper-message.ts'

const shown = (
  stderr: string,
  { stdout = '', env = {} }: { stdout?: string; env?: NodeJS.ProcessEnv } = {},
) => helperMessage(Buffer.from(stderr), Buffer.from(stdout), env)

test.each([
  ['', ''],
  ['\n \r\n', ''],
  ['no session\nstack trace', 'no session'],
  ['\r\n  gpg: decryption failed: No secret key\r\nmore', 'gpg: decryption failed: No secret key'],
  ['\u001b[31mError\u001b[0m: \u0007x', '[31mError[0m: x'],
  ['x'.repeat(300), `${'x'.repeat(200)}…`],
  [
    'cannot read /home/me/.config/gcloud/application_default_credentials.json',
    'cannot read /home/me/.config/gcloud/application_default_credentials.json',
  ],
  [
    'lookup sts.eu-central-1.amazonaws.com: no such host',
    'lookup sts.eu-central-1.amazonaws.com: no such host',
  ],
])('the first line: %j', (stderr, line) => {
  expect(shown(stderr)).toBe(line)
})

test.each([
  ['what it wrote to stdout', 'bad pl4nted-s3cret', { stdout: 'pl4nted-s3cret\n' }, 'bad [redacted]'],
  [
    'the secret of its answer, in base64',
    `auth ${Buffer.from('u:pl4nted-s3cret').toString('base64')} failed`,
    { stdout: '{"Username":"u","Secret":"pl4nted-s3cret"}' },
    'auth dT[redacted]== failed',
  ],
  [
    'secret variables',
    'key sesame-sesame is no key of eu-west-1',
    { env: { AWS_SECRET_ACCESS_KEY: 'sesame-sesame', AWS_REGION: 'eu-west-1' } },
    'key [redacted] is no key of eu-west-1',
  ],
  [
    'what looks like a token',
    'expired: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl AKIAIOSFODNN7EXAMPLE',
    {},
    'expired: [redacted] [redacted]',
  ],
])('without %s', (_, stderr, rest, line) => {
  expect(shown(stderr, rest)).toBe(line)
})
