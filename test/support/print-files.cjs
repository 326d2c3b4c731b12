// Loaded before a program: tells on stderr which files of its own the program has loaded in the end.
const { basename } = require('node:path')
process.on('exit', () => {
  const files = Object.keys(require.cache).map(file => basename(file))
  require('node:fs').writeSync(2, JSON.stringify(files.filter(file => file !== basename(__filename))))
})
