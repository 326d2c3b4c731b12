// Loaded before a program: tells on stderr whether Node has opened stdout for it.
const { get } = Object.getOwnPropertyDescriptor(process, 'stdout')
let opened = false
Object.defineProperty(process, 'stdout', {
  get() {
    opened = true
    return get.call(process)
  },
})
process.on('exit', () => require('node:fs').writeSync(2, JSON.stringify(opened)))
