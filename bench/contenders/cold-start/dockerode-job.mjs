import { openClient } from '../job/clients/dockerode.mjs'

const [socket, image, ...command] = process.argv.slice(2)
await openClient({ socket, image, command }).job()
