import type { FailureKind } from '../../src/run/failure.ts'
import { containers } from '../../test/live/support/request.ts'
import type { Places, Situation } from './error-stage.ts'

interface Told extends Situation {
  kind: FailureKind
  when: string
}

const basic = (text: string) => Buffer.from(text).toString('base64')
const login = (password: string) => (places: Places) => ({
  auths: { [places.registry]: { auth: basic(`alice:${password}`) } },
})
const helper = (name: string) => (places: Places) => ({ credHelpers: { [places.registry]: name } })

async function running(socket: string): Promise<string> {
  for (;;) {
    const found = (await containers(socket)).find(({ State }) => State === 'running')
    if (found !== undefined) return found.Id
  }
}

/** Ways to fail, by kind. */
export const situations: readonly Told[] = [
  {
    kind: 'usage',
    when: 'A flag is misspelt',
    args: () => ['run', '--memroy', '1g', 'batch:1'],
  },
  {
    kind: 'usage',
    when: 'The reference is invalid',
    args: () => ['run', 'Team/Batch:1'],
  },
  {
    kind: 'engine-unreachable',
    when: 'No Engine listens there',
    args: ({ home }) => ['run', '--host', `unix://${home}/docker.sock`, 'batch:1'],
  },
  {
    kind: 'engine-unreachable',
    when: 'The port is closed',
    args: ({ trouble }) => ['run', '--host', `tcp://${trouble.dead}`, 'batch:1'],
  },
  {
    kind: 'engine-error',
    when: 'A web server answers in place of an Engine',
    args: ({ webServer }) => ['run', '--host', `tcp://${webServer}`, 'batch:1'],
  },
  {
    kind: 'image-missing',
    when: 'The image is not local, under `never`',
    args: () => ['run', '--pull', 'never', 'batch:2'],
  },
  {
    kind: 'image-mismatch',
    when: 'The local image is for another platform, under `never`',
    args: () => ['run', '--pull', 'never', '--platform', 'linux/s390x', 'batch:1'],
  },
  {
    kind: 'registry-outage',
    when: 'The registry refuses connections',
    args: ({ trouble }) => ['run', `${trouble.dead}/team/batch:1`],
  },
  {
    kind: 'registry-outage',
    when: 'It answers 500',
    args: ({ trouble }) => ['run', `${trouble['500']}/team/batch:1`],
  },
  {
    kind: 'registry-outage',
    when: 'The registry limits the rate of requests',
    args: ({ trouble }) => ['run', `${trouble['429']}/team/batch:1`],
  },
  {
    kind: 'registry-outage',
    when: 'It accepts and never answers',
    args: ({ trouble }) => ['run', '--pull-timeout', 'connect=2s', `${trouble.silent}/team/batch:1`],
  },
  {
    kind: 'registry-outage',
    when: 'The breaker skips it after three outages',
    args: ({ trouble, home }) => ['run', '--breaker', `${home}/breaker`, `${trouble.dead}/team/batch:1`],
    times: 4,
  },
  {
    kind: 'registry-outage',
    when: 'A web page answers in its place, such as the login page of a network',
    args: ({ trouble }) => ['run', `${trouble.html}/team/batch:1`],
  },
  {
    kind: 'registry-denied',
    when: 'There are no credentials',
    args: ({ registry }) => ['run', `${registry}/team/batch:1`],
  },
  {
    kind: 'registry-denied',
    when: 'The password is wrong',
    config: login('open'),
    args: ({ registry }) => ['run', `${registry}/team/batch:1`],
  },
  {
    kind: 'registry-denied',
    when: 'The user may not pull this image',
    args: ({ trouble }) => ['run', `${trouble['403']}/team/batch:1`],
  },
  {
    kind: 'registry-not-found',
    when: 'The registry has no such tag',
    config: login('sesame'),
    args: ({ registry }) => ['run', `${registry}/team/batch:9`],
  },
  {
    kind: 'pull-failed',
    when: 'A layer arrives damaged',
    args: ({ damaging }) => ['run', `${damaging}/team/batch:1`],
  },
  {
    kind: 'credential-error',
    when: 'The credential helper is not installed',
    config: helper('vault'),
    args: ({ registry }) => ['run', `${registry}/team/batch:1`],
  },
  {
    kind: 'credential-error',
    when: 'The credential helper fails',
    config: helper('vault'),
    program: { name: 'docker-credential-vault', script: '#!/bin/sh\necho no session >&2; exit 1\n' },
    args: ({ registry }) => ['run', `${registry}/team/batch:1`],
  },
  {
    kind: 'credential-error',
    when: 'The credential helper never answers',
    config: helper('vault'),
    program: { name: 'docker-credential-vault', script: '#!/bin/sh\nexec sleep 600\n' },
    args: ({ registry }) => ['run', `${registry}/team/batch:1`],
  },
  {
    kind: 'credential-error',
    when: 'config.json is not JSON',
    config: () => '{"auths": {',
    args: ({ registry }) => ['run', `${registry}/team/batch:1`],
  },
  {
    kind: 'credential-error',
    when: '`DOCKER_AUTH_CONFIG` is not JSON',
    options: { env: { DOCKER_AUTH_CONFIG: 'alice:sesame' } },
    args: ({ registry }) => ['run', `${registry}/team/batch:1`],
  },
  {
    kind: 'create-failed',
    when: 'A folder to mount does not exist',
    args: () => ['run', '--mount', 'type=bind,src=/nowhere,dst=/data', 'batch:1', 'true'],
  },
  {
    kind: 'create-failed',
    when: 'The name is taken',
    first: ['run', '--name', 'batch', '--rm=never', '--network', 'none', 'batch:1', 'true'],
    args: () => ['run', '--name', 'batch', '--network', 'none', 'batch:1', 'true'],
  },
  {
    kind: 'start-failed',
    when: 'The command is not found',
    args: () => ['run', 'batch:1', 'batsh'],
  },
  {
    kind: 'start-failed',
    when: 'The command cannot be run',
    args: () => ['run', 'batch:1', '/etc/passwd'],
  },
  {
    kind: 'copy-failed',
    when: 'The job ended well, and what is to be copied out is not there',
    args: () => ['run', '--network', 'none', '--copy-out', '/out/report.csv:report.csv', 'batch:1', 'true'],
  },
  {
    kind: 'exit',
    when: 'The job needed more memory than it may have',
    args: () => ['run', '-m', '8m', '--network', 'none', 'batch:1', 'sh', '-c', 'sleep 1; tail /dev/zero'],
  },
  {
    kind: 'timeout',
    when: 'The job takes too long',
    args: () => ['run', '--network', 'none', '--timeout', '2s', 'batch:1', 'sleep', '600'],
  },
  {
    kind: 'cancelled',
    when: 'Ctrl-C during a pull',
    args: ({ trouble }) => ['run', '--progress', 'plain', `${trouble.silent}/team/batch:1`],
    meanwhile: async command => {
      await command.printed(/pulling/, 'stderr')
      command.kill('SIGINT')
    },
  },
  {
    kind: 'lost',
    when: 'The Engine went away while the container ran, and did not come back',
    args: () => ['run', '--network', 'none', 'batch:1', 'sleep', '600'],
    meanwhile: async (_, { socket, engine }) => {
      await running(socket)
      await engine.kill('SIGKILL')
    },
    afterwards: ({ engine }) => engine.start(),
  },
  {
    kind: 'job-conflict',
    when: 'The key is in use for another command',
    first: ['run', '--job', 'nightly', '--rm=never', '--network', 'none', 'batch:1', 'true'],
    args: () => ['run', '--job', 'nightly', '--network', 'none', 'batch:1', 'sleep', '60'],
  },
]
