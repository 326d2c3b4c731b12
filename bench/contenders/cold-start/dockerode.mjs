import Docker from 'dockerode'

const [socketPath, image] = process.argv.slice(2)
const docker = new Docker({ socketPath })
if (!(await docker.getImage(image).inspect()).Id) throw new Error('no image')
