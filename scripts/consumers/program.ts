// What a project does with the package: it plays the recording of the demo, and runs its job by each of the package's modules.
import { connect, type Outcome, run } from 'holdfast'
import { connect as connectAlone, type Engine } from 'holdfast/engine'
import { replay } from 'holdfast/replay'
import { run as runStandalone } from 'holdfast/standalone'

const [recording = ''] = process.argv.slice(2)
const job = { image: 'registry.example.com/team/batch:1.4', config: '/no/such/directory' }

const printed: string[] = []
for (const start of [run, runStandalone]) {
  await using player = await replay(recording, { loose: true })
  await using engine = connect(player.host)
  const running = start({ ...job, engine })
  for await (const { text } of running) printed.push(text)
  const { registry }: Outcome = await running
  printed.push(`registry contacted: ${registry.contacted}`)
}

await using player = await replay(recording, { loose: true })
await using client: Engine = connectAlone(player.host)
const { Architecture } = await client.images.inspect(job.image)
console.log([...printed, Architecture].join('\n'))
