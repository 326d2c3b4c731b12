import { connect } from '../holdfast.mjs'

const [socket, image] = process.argv.slice(2)
await using engine = connect(`unix://${socket}`)
if (!(await engine.images.inspect(image)).Id) throw new Error('no image')
