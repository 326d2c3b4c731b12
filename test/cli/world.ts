import type { ProcessContext } from '../../src/cli/process-context.ts'

/** A world with these variables and files, in /work/dir. */
export function world(
  env: Record<string, string> = {},
  files: Record<string, string | Uint8Array> = {},
): ProcessContext {
  return {
    env,
    cwd: '/work/dir',
    readFile(path) {
      const file = files[path]
      if (file === undefined) throw Object.assign(new Error(`ENOENT, open '${path}'`), { code: 'ENOENT' })
      return typeof file === 'string' ? new TextEncoder().encode(file) : file
    },
  }
}
