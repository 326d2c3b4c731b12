// SCRATCH HOLDFAST ARGS...: the command of that checkout with nothing to compile, once a first run has put V8's code cache there.
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { dirname, join } = require('node:path')
const { Script } = require('node:vm')

const [scratch, checkout, ...argv] = process.argv.slice(2)
const filename = join(checkout, 'dist/cli/main.cjs')
// Each checkout has its own: of the source, V8 compares no more than the length.
const cache = join(scratch, `code-cache ${encodeURIComponent(checkout)}`)
const made = existsSync(cache)
// A cache is good for V8's flags as they were when it was made.
if (!made) require('node:v8').setFlagsFromString = () => undefined

const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'latin1')}\n})`
const script = new Script(source, { filename, ...(made && { cachedData: readFileSync(cache) }) })
if (script.cachedDataRejected) throw new Error('V8 does not take the cache')
const loaded = { exports: {} }
script.runInThisContext()(loaded.exports, createRequire(filename), loaded, filename, dirname(filename))
loaded.exports.main(argv).then(status => {
  process.exitCode = status
  if (!made) writeFileSync(cache, script.createCachedData())
})
