import { join } from 'node:path'
import { packageVersion, versionOf } from './machine.ts'

const root = join(import.meta.dirname, '../..')
const modules = join(root, 'bench/node_modules')

/** The versions of all that is measured, as far as it is installed. */
export function versions(): Record<string, string> {
  const commit = versionOf('git', '-C', root, 'describe', '--always', '--dirty')
  const found = {
    holdfast: [packageVersion(root), commit && `(${commit})`].filter(Boolean).join(' '),
    undici: packageVersion(join(root, 'node_modules/undici')),
    dockerode: packageVersion(join(modules, 'dockerode')),
    'docker-modem': packageVersion(join(modules, 'docker-modem')),
    'docker CLI': word(versionOf('docker', '--version')),
    Engine: process.env.HOLDFAST_TEST_ENGINE || word(versionOf('dockerd', '--version')),
    curl: word(versionOf('curl', '--version')),
    tar: word(versionOf('tar', '--version')),
  }
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])),
  )
}

// As in "Docker version 28.2.2, build …" or "curl 7.88.1 (…)".
function word(line: string | undefined): string | undefined {
  return /\d+\.\d+[^\s,)]*/.exec(line ?? '')?.[0]
}
