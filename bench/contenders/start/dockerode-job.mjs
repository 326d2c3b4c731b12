// SOCKET IMAGE NETWORK COMMAND...
import { openClient } from '../job/clients/dockerode.mjs'

const [socket, image, network, ...command] = process.argv.slice(2)
await openClient({ socket, image, network, command }).job()
