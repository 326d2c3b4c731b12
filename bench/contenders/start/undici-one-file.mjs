// SOCKET IMAGE COMMAND...: runs a job by undici alone. To be bundled as the command is.
import { setFlagsFromString } from 'node:v8'
import { openClient } from '../job/clients/undici.mjs'

const [socket, image, ...command] = process.argv.slice(2)
// As the command does: the end of a process would wait for V8 to optimize the parser, and to collect garbage.
for (const flag of ['--wasm-tiering-budget=1000000000', '--no-minor-gc-task']) setFlagsFromString(flag)

async function run() {
  const client = openClient({ socket, image, command })
  await client.job()
  await client.close()
}

void run()
