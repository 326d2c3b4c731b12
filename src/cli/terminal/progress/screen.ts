import type { Line, Size, Tone } from './canvas.ts'

/** The terminal's output stream. */
export interface ScreenStream {
  readonly isTTY?: boolean | undefined
  /** 0 or undefined: not known. */
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  /** Bytes that are buffered. */
  readonly writableLength: number
  write(text: string): unknown
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

const colours: Record<Tone, string> = { good: '32', trouble: '33', aside: '2' }

/**
 * The lowest lines of a terminal, redrawn in place. The cursor stays in the first column below them, where others may
 * write when they are gone. It is never hidden and no mode is set: whatever ends the process, nothing has to be restored.
 */
export class Screen {
  readonly #stream: ScreenStream
  readonly #coloured: boolean
  #drawn: Line[] = []

  constructor(stream: ScreenStream, coloured: boolean) {
    this.#stream = stream
    this.#coloured = coloured
  }

  get size(): Size {
    return { columns: this.#stream.columns || 80, rows: this.#stream.rows || 24 }
  }

  /** Replaces the lines on the screen. */
  draw(lines: readonly Line[]): void {
    // Skips frames while the terminal is behind.
    if (this.#stream.writableLength > 0 || this.#shows(lines)) return
    const fresh = lines.map(line => `${this.#paint(line)}\x1b[K\n`).join('')
    const below = lines.length < this.#drawn.length ? '\x1b[J' : ''
    this.#stream.write((this.#isWrapped() ? this.#erasure() : this.#top()) + fresh + below)
    this.#drawn = [...lines]
  }

  /** Removes the lines and writes text in their place; the text ends with a newline or is empty. */
  clear(text = ''): void {
    const bytes = this.#erasure() + text
    this.#drawn = []
    if (bytes !== '') this.#stream.write(bytes)
  }

  #shows(lines: readonly Line[]): boolean {
    const drawn = this.#drawn
    if (lines.length !== drawn.length) return false
    return lines.every(({ text, tone }, at) => text === drawn[at]?.text && tone === drawn[at]?.tone)
  }

  #paint({ text, tone }: Line): string {
    return this.#coloured && tone !== undefined ? `\x1b[${colours[tone]}m${text}\x1b[0m` : text
  }

  // After a resize to fewer columns, the old lines are wrapped.
  #rowsOf({ text }: Line): number {
    return Math.max(1, Math.ceil(text.length / this.size.columns))
  }

  #isWrapped(): boolean {
    return this.#drawn.some(line => this.#rowsOf(line) > 1)
  }

  #top(): string {
    return this.#drawn.length === 0 ? '' : `\r\x1b[${this.#drawn.length}A`
  }

  #erasure(): string {
    if (this.#drawn.length === 0) return ''
    const rows = this.#drawn.reduce((sum, line) => sum + this.#rowsOf(line), 0)
    return `\r\x1b[${rows}A\x1b[J`
  }
}
