process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1'
const [socket, image] = process.argv.slice(2)
process.env.DOCKER_HOST = `unix://${socket}`
const { getContainerRuntimeClient, ImageName } = await import('testcontainers')

const client = await getContainerRuntimeClient()
if (!(await client.image.inspect(ImageName.fromString(image))).Id) throw new Error('no image')
