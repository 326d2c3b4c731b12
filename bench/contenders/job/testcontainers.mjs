// SOCKET READ WARM_UP COUNT AT_ONCE IMAGE COMMAND...
// Its reaper is an image of a registry's; the wait for one-shot containers is its own for such jobs.
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1'
const [socket, , warmUp, count, atOnce, image, ...command] = process.argv.slice(2)
process.env.DOCKER_HOST = `unix://${socket}`
const { GenericContainer, Wait } = await import('testcontainers')
const { measured, repeat, report } = await import('../measured.mjs')

let bytes = 0

async function job() {
  const container = new GenericContainer(image)
    .withCommand(command)
    .withWaitStrategy(Wait.forOneShotStartup())
    .withLogConsumer(stream => {
      stream.on('data', chunk => {
        bytes += chunk.length
      })
    })
  await (await container.start()).stop()
}

await repeat(Number(warmUp), Number(atOnce), job)
bytes = 0
const results = await measured(() => repeat(Number(count), Number(atOnce), job))
report({ ...results, count: Number(count), bytes })
