import { get } from 'node:http'

const [socketPath, image] = process.argv.slice(2)
get({ socketPath, path: `/images/${image}/json`, agent: false }, async response => {
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  if (!JSON.parse(Buffer.concat(chunks).toString()).Id) throw new Error('no image')
})
