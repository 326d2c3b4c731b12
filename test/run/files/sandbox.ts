import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunEvent } from '../../../src/run/events.ts'
import type { CopyLimits, CopyReport } from '../../../src/run/files/copies.ts'
import { Directory } from '../../../src/run/files/directory.ts'
import { Transfer } from '../../../src/run/files/transfer.ts'
import { unpackInto } from '../../../src/run/files/unpack.ts'

/** A directory to copy into, `target`, and one beside it that nothing may touch, `outside`. */
export class Sandbox implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'holdfast-files-'))
  readonly target = join(this.path, 'target')
  readonly outside = join(this.path, 'outside')

  constructor() {
    mkdirSync(this.target)
    mkdirSync(this.outside)
    writeFileSync(join(this.outside, 'secret'), 'secret')
  }

  /** All paths below a directory, sorted; links with their target, directories with a slash. */
  tree(below: string): string[] {
    return treeOf(join(this.path, below))
  }

  /** Fails where something but the target has changed. */
  checkOutside(): void {
    const secret = readFileSync(join(this.outside, 'secret'), 'utf8')
    const found = [readdirSync(this.path).sort(), readdirSync(this.outside), secret].flat().join()
    if (found !== 'outside,target,secret,secret') throw new Error(`outside of the target: ${found}`)
  }

  /** Unpacks an archive as `name` in the target. */
  async unpack(
    archive: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    {
      name,
      limits = {},
      onEvent = () => undefined,
    }: { name?: string; limits?: CopyLimits; onEvent?: (event: RunEvent) => void } = {},
  ): Promise<CopyReport> {
    const copy = { direction: 'out', from: '/from', to: this.target } as const
    using transfer = new Transfer(copy, { limits, emit: onEvent })
    await using directory = await Directory.open(this.target)
    await unpackInto({ directory, ...(name !== undefined && { name }) }, asAsync(archive), transfer)
    return transfer.report()
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

async function* asAsync(bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* bytes
}

export function treeOf(path: string, prefix = ''): string[] {
  return readdirSync(path)
    .sort()
    .flatMap(name => {
      const stats = lstatSync(join(path, name))
      if (stats.isDirectory()) return [`${prefix}${name}/`, ...treeOf(join(path, name), `${prefix}${name}/`)]
      if (stats.isSymbolicLink()) return [`${prefix}${name} -> ${readlinkSync(join(path, name))}`]
      return [stats.isFile() ? `${prefix}${name}` : `${prefix}${name} (special)`]
    })
}
