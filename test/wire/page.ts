import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { usualSockets } from '../../src/engine/address/locate.ts'
import type { RequestReport } from '../../src/engine/http/diagnostics.ts'
import { run } from '../../src/run/run.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { environment, files, processes } from './outside.ts'
import { shape } from './shape.ts'
import { type Made, surface } from './surface.ts'

/** docs/wire.md, from the code. */
export async function page(): Promise<string> {
  return `# What leaves the process

Every request that holdfast can send, what it reads, what it starts. This page is made from the code by \`npm run docs:wire\`:
every operation of the client is called with all of its options against a server that writes down what arrives. A test
compares it with the code, so that nothing is missing and nothing too much.

## A run whose image is local

These requests go to the Engine, and nothing goes anywhere else:

${(await ofALocalRun()).map(line => `- \`${line}\``).join('\n')}

One command shows what goes over the connection, requests and answers: each header, each body, each line of output.

\`\`\`sh
holdfast record --keep-env --out bytes.ndjson -- holdfast run alpine:3.22 true
\`\`\`

A recording masks secrets: \`X-Registry-Auth\`, and the values of variables whose names look secret (without \`--keep-env\`, of all
variables). With nothing masked, and no other program between:

\`\`\`sh
strace -f -s 65536 -e trace=execve,connect,write,writev,sendto,sendmsg -o bytes.txt holdfast run alpine:3.22 true
\`\`\`

\`holdfast run --audit FILE …\` writes down each request of a run. With the Engine's address given, such a run needs to read no file
but the command's own, and starts no process: \`test/package/permission.test.ts\` runs it
under Node's \`--permission\` with no other grant. Without an address, config.json is read for the current context; the
command looks there for \`proxies\`, too, as docker run does.

## Requests

Paths have the API version before them, as \`/v1.41\`, once it is known: the first inspection of an image goes without, and its
response names the Engine's version. Every request has the headers \`Host\` and \`Connection\`, and
\`Content-Length\` or \`Transfer-Encoding\` where it has a body; there is no \`User-Agent\`, no cookie, and no other header than these:

${requests(await surface())}

The body of \`POST /containers/create\` is Docker's: what the options, the flags and \`container\` say, and the labels
\`dev.holdfast.*\`. \`engine.request()\` sends whatever a program asks for, within the rules below.

## Never sent

- \`/auth\`, in whatever spelling: the client refuses the path.
- \`X-Registry-Auth\` on any other request than \`POST /images/create\`: the client refuses the header.
- Anything to a registry: the Engine alone speaks to registries.

\`test/engine/http/rules.test.ts\` has the spellings that are tried.

A setup file of the offline tests subscribes to the channel \`holdfast:engine:request\` and fails each test that makes a request
which this page does not list: \`test/wire/every-request.ts\`.

## Files

Besides its own modules. \`bin/holdfast.js\` reads /proc/self/status, for the signals that its parent ignores.
\`test/package/permission.test.ts\` runs a job and a pull with grants for what stands here, and nothing else.

${table('Room', files)}

## Processes

${table('Source', processes)}

A credential helper gets the variables that [security-model.md](security-model.md#credential-helpers) lists. ssh and the command behind
-- get the whole environment.

## Default sockets

Where neither an option nor the environment nor a docker context names the Engine, the first of these that exists is used:

${usualSockets({ XDG_RUNTIME_DIR: '$XDG_RUNTIME_DIR' }, '~')
  .map(socket => `- \`${socket}\``)
  .join('\n')}

## Environment variables

${table('Variable', environment)}

\`-e NAME\` and a line \`NAME\` of \`--env-file\` read the variable of that name. For a credential helper, all variables are gone
through: some are passed on, and values of those whose names look secret are masked in what the helper prints. Nothing else is
looked at: \`test/wire/environment.test.ts\` notes what the command reads. To see it:
\`node --trace-env -- "$(command -v holdfast)" run alpine:3.22 true\` (Node.js itself reads some variables, too).
`
}

async function ofALocalRun(): Promise<string[]> {
  const sent: string[] = []
  const note = (message: unknown) => {
    const { method, path } = message as RequestReport
    const { request, query } = shape(method, path)
    sent.push(query.length === 0 ? request : `${request} (${query.join(', ')})`)
  }
  await using engine = await FakeEngine.start({ images: ['busybox:1'], program: self => self.out('hi\n') })
  subscribe('holdfast:engine:request', note)
  try {
    await run({ engine: engine.host, image: 'busybox:1' })
  } finally {
    unsubscribe('holdfast:engine:request', note)
  }
  // Attach and wait go out together, and are reported as they are answered.
  return sent.sort(
    (a, b) => Number(/\/(attach|wait)/.test(b)) * Number(/\/(attach|wait)/.test(a)) * (a < b ? -1 : 1),
  )
}

function requests(made: readonly Made[]): string {
  const rows = made.map(({ request, query, headers, body, operation, file, when }) => {
    const cells = [query.join(', '), headers.join(', '), body, `\`${operation}\``, `\`${file}\``, when]
    return `| \`${request}\` | ${cells.join(' | ')} |`
  })
  return [
    '| Request | Query | Headers | Body | Operation | File | When |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function table(head: string, rows: Readonly<Record<string, string>>): string {
  const lines = Object.entries(rows).map(([name, text]) => `| \`${name}\` | ${text} |`)
  return [`| ${head} | What |`, '|---|---|', ...lines].join('\n')
}
