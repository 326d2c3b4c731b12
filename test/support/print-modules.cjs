// Loaded before a program: tells on stderr which of Node's own modules it has loaded in the end.
process.on('exit', () => {
  const names = process.moduleLoadList.map(entry => entry.replace(/^NativeModule /, ''))
  require('node:fs').writeSync(2, JSON.stringify(names))
})
