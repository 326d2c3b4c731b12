import { mkdtemp, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Directory } from './directory.ts'

/**
 * A new directory in another one, which only this user may enter. What is unpacked there is moved from there by renaming:
 * nothing that is half written is ever seen, and other users can't change what is being written.
 */
export class Staging implements AsyncDisposable {
  readonly directory: Directory
  readonly #place: Directory
  readonly #name: string

  private constructor(place: Directory, name: string, directory: Directory) {
    this.#place = place
    this.#name = name
    this.directory = directory
  }

  static async create(place: Directory): Promise<Staging> {
    const name = basename(await mkdtemp(place.at('.holdfast-')))
    return new Staging(place, name, await place.child(name))
  }

  /** Removes it with all that is left in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.directory[Symbol.asyncDispose]()
    await rm(this.#place.at(this.#name), { recursive: true, force: true })
  }
}
