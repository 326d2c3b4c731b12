#!/usr/bin/env sh
':' //; while read -r k v; do [ "$k" != SigIgn: ] || export HOLDFAST_IGNORED_SIGNALS="$v"; done 2>/dev/null </proc/self/status; exec node -- "$0" "$@"
// Started through sh, because node takes an --env-file meant for the container for itself unless `--` stands before the
// script, and because Node makes signals default that its parent ignores. This file must be readable for any Node there is.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 20)) {
  const { end, main } = require('../dist/cli/main.cjs')
  // main throws nothing.
  main(process.argv.slice(2)).then(end)
} else {
  process.stderr.write(`holdfast: needs Node.js 22.20 or newer; this is ${process.versions.node}\n`)
  process.exitCode = 125
}
