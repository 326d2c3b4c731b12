// PACKAGE: how long its import takes, in a process that has loaded nothing.
const begun = performance.now()
await import(process.argv[2])
const seconds = (performance.now() - begun) / 1000
process.stdout.write(`${JSON.stringify({ seconds, memory: process.memoryUsage.rss() })}\n`)
