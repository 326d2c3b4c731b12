import { Connection } from '../../floors/raw.mjs'

const [socket, image] = process.argv.slice(2)
const connection = new Connection(socket)
const { body } = await connection.request('GET', `/images/${image}/json`)
if (!JSON.parse(body.toString()).Id) throw new Error('no image')
connection.close()
