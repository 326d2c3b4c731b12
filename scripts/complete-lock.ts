/*
 * Completes package-lock.json after an `npm install` against a registry mirror that lacks the packages of other
 * platforms: npm leaves those out of the lock, and `npm ci` then refuses it everywhere.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  version: string
  optionalDependencies?: Record<string, string>
  [field: string]: unknown
}

const file = new URL('../package-lock.json', import.meta.url)
const lock: { packages: Record<string, Entry> } = JSON.parse(readFileSync(file, 'utf8'))
const before = Object.keys(lock.packages).length
for (const { optionalDependencies = {}, dev, license } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    lock.packages[`node_modules/${name}`] ??= { version, ...platformOf(name), dev, license, optional: true }
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
console.log(`${sorted.length - before} packages added`)

// By the names that such packages have: …-linux-x64-musl, …-darwin-arm64.
function platformOf(name: string): { cpu?: string[]; os?: string[]; libc?: string[] } {
  const [, os, cpu, libc] = /-(android|darwin|linux|win32)-(arm64|x64)(?:-(musl))?$/.exec(name) ?? []
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not tell its platform by its name`)
  return { cpu: [cpu], os: [os], ...(libc !== undefined && { libc: [libc] }) }
}
