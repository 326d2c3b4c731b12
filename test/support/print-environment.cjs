// Loaded by --require: prints the names of the environment variables that are looked at to file descriptor 3, at the end.
const { writeSync } = require('node:fs')
const looked = new Set()
const note = (name, value) => {
  if (typeof name === 'string') looked.add(name)
  return value
}
process.env = new Proxy(process.env, {
  get: (env, name) => note(name, Reflect.get(env, name)),
  has: (env, name) => note(name, Reflect.has(env, name)),
  getOwnPropertyDescriptor: (env, name) => note(name, Reflect.getOwnPropertyDescriptor(env, name)),
  ownKeys: env => note('*', Reflect.ownKeys(env)),
})
process.on('exit', () => writeSync(3, JSON.stringify([...looked])))
