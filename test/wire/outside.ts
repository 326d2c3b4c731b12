import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'

const src = join(import.meta.dirname, '../../src')

/** What each environment variable is read for. */
export const environment: Readonly<Record<string, string>> = {
  CI: 'whether something may be recorded: `cassette()`, `holdfast record` and `holdfast replay`',
  DOCKER_API_VERSION: 'the API version to use, as the docker command reads it',
  DOCKER_AUTH_CONFIG: 'credentials, as the content of a config.json; read when a pull is about to be sent',
  DOCKER_CERT_PATH: 'the directory of ca.pem, cert.pem and key.pem',
  DOCKER_CONFIG: 'the directory of config.json',
  DOCKER_CONTEXT: 'the docker context to use',
  DOCKER_DEFAULT_PLATFORM: 'the platform of images, for the command',
  DOCKER_HOST: "the Engine's address",
  DOCKER_TLS: 'TLS without verification',
  DOCKER_TLS_VERIFY: 'TLS with verification',
  HOLDFAST_HELPER_ENV: 'names of further variables that a credential helper is given',
  HOLDFAST_IGNORED_SIGNALS:
    'set by `bin/holdfast.js` for itself: the signals that were ignored when it started',
  HOLDFAST_RECORD:
    'the mode of `cassette()`, `holdfast record` and `holdfast replay`: once, replay, record, all, none',
  HOME: 'the home directory, for ~/.docker; without it, the entry in /etc/passwd (on Windows `USERPROFILE`)',
  JEST_WORKER_ID: 'read by undici: in a test of Jest it does not load its parser early',
  LANG: 'whether the terminal shows Unicode, for progress bars; after `LC_ALL` and `LC_CTYPE`',
  LC_ALL: 'the same, first',
  LC_CTYPE: 'the same, second',
  NO_COLOR: 'no colours',
  PATH: 'where credential helpers, ssh and the command behind -- are found',
  TERM: 'whether the terminal can move its cursor',
  TMPDIR: 'where `--record-failure`, recordings and replays have their socket; after it `TMP` and `TEMP`',
  UNDICI_NO_WASM_SIMD: 'read by undici: 1 chooses its parser without SIMD',
  XDG_RUNTIME_DIR: 'where rootless Engines listen',
}

/** What the files of a room, or of a folder of run/, read and write. */
export const files: Readonly<Record<string, string>> = {
  'auth/': 'reads config.json for credentials, only when a pull is about to be sent',
  'cli/':
    'reads config.json for `proxies`, as docker run does (a file that cannot be read has none); reads what flags name: --env-file, --label-file, --file, --container-json, --security-opt; writes --outcome, --events and --audit (mode 0600 if new) and --cidfile',
  'engine/':
    'without an address: looks whether the usual sockets exist; reads config.json for the current context and `HttpHeaders`; reads the directory of the docker context that is asked for, and the TLS files',
  'host/': 'opens files for auth and engine; reads from /proc how many files this process may open',
  'replay/':
    'reads and writes recordings (`--out`, `--record-failure`: mode 0600); makes a directory of mode 0700 for its socket',
  'run/': 'writes `recordFailure` (mode 0600)',
  'run/files/':
    'reads what copyIn names, writes what copyOut names; reads the files and variables that secrets name; makes and removes the directory of tmpDir',
  'run/image/':
    'reads and writes the files of `breaker` (mode 0600), in the directory given (made with mode 0700)',
  'run/jobs/':
    'reads the boot id, its pid namespace and its own start time from /proc on each run, for the label `dev.holdfast.owner`; other processes’ start times for a job with a key',
}

/** What each source file that starts processes starts. */
export const processes: Readonly<Record<string, string>> = {
  'bin/holdfast.js':
    'node, by `exec`: the command starts as a script of `sh`, which reads /proc/self/status and becomes node',
  'auth/helper-process.ts':
    'docker-credential-NAME, when a pull is about to be sent and config.json names it',
  'cli/commands/child.ts': 'the command behind -- of `holdfast record` and `holdfast replay`',
  'engine/address/ssh.ts': 'ssh, for an address ssh://…',
}

/** The environment variables that the source names, and its files that import what opens files or starts processes. */
export async function found(): Promise<{ environment: string[]; files: string[]; processes: string[] }> {
  const variables = new Set<string>()
  const importing = new Map<string, string[]>()
  for await (const file of glob('**/*.ts', { cwd: src })) {
    const code = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
    for (const [, plain, quoted] of code.matchAll(/\benv\.([A-Z][A-Z_]+)|'((?:DOCKER|HOLDFAST)_[A-Z_]+)'/g))
      variables.add(plain ?? quoted ?? '')
    for (const [, fields = ''] of code.matchAll(/\{([^{}]*)\}: NodeJS\.ProcessEnv/g))
      for (const [name] of fields.matchAll(/\b[A-Z][A-Z_]+\b/g)) variables.add(name)
    if (code.includes('tmpdir()')) variables.add('TMPDIR')
    if (code.includes('spawn(')) variables.add('PATH')
    for (const [statement, names = ''] of code.matchAll(
      /import ((?!type\b)[^;]*?)\bfrom '([^']+)'|import\('([^']+)'\)/g,
    )) {
      const module = /'([^']+)'/.exec(statement)?.[1] ?? ''
      if (module === 'node:child_process' && /\bspawn|\bexec|\bfork/.test(names)) note('processes', file)
      if (/^node:fs(\/promises)?$/.test(module) && names.trim() !== '{ constants }')
        note('files', file.replace(/^(run\/\w+|\w+)\/.*/, '$1/'))
    }
  }
  return {
    environment: [...variables].sort(),
    files: sorted(importing.get('files')),
    processes: sorted(importing.get('processes')),
  }

  function note(what: string, file: string): void {
    importing.set(what, [...(importing.get(what) ?? []), file])
  }
}

function sorted(list: readonly string[] = []): string[] {
  return [...new Set(list)].sort()
}
