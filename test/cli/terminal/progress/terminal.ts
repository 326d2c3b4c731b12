const sequence = '\\x1b\\[([\\d;]*)([A-Za-z])'
const tokens = new RegExp(`${sequence}|.`, 'gsu')
const command = new RegExp(`^${sequence}$`)

/** A terminal as far as bars need one: rows that scroll, and lines that wrap, again when it gets narrower. */
export class Terminal {
  readonly isTTY = true
  /** Bytes that a terminal which is behind has not taken. */
  writableLength = 0
  /** How often it was written to. */
  writes = 0
  /** All that was written. */
  raw = ''
  columns: number
  rows: number
  /** Lines as they were written; the cursor is in one of them. */
  #lines: string[] = ['']
  #line = 0
  #column = 0
  readonly #listeners = new Set<() => void>()

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  get listeners(): number {
    return this.#listeners.size
  }

  on(_: 'resize', listener: () => void): void {
    this.#listeners.add(listener)
  }

  off(_: 'resize', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  /** As emulators do that fold what is too long: all of it, the lines that have scrolled away included. */
  resize(columns: number, rows: number): void {
    const before = this.columns
    this.columns = columns
    this.rows = rows
    if (columns < before) this.#fold()
    for (const listener of this.#listeners) listener()
  }

  #fold(): void {
    const folded = this.#lines.map(line => pieces(line, this.columns))
    this.#line = folded.slice(0, this.#line).flat().length
    this.#lines = folded.flat()
  }

  write(text: string): boolean {
    this.writes++
    this.raw += text
    for (const [token] of text.matchAll(tokens)) this.#obey(token)
    return true
  }

  #obey(token: string): void {
    const [, number = '', code] = command.exec(token) ?? []
    const top = Math.max(0, this.#lines.length - this.rows)
    if (token === '\r') this.#column = 0
    else if (token === '\n') this.#down()
    else if (code === 'A') this.#line = Math.max(top, this.#line - Number(number || 1))
    else if (code === 'J') this.#eraseBelow()
    else if (code === 'K') this.#put(this.#current.slice(0, this.#column))
    else if (code === undefined) this.#print(token)
    else if (code !== 'm') throw new Error(`unknown to this terminal: ${JSON.stringify(token)}`)
  }

  get #current(): string {
    return this.#lines[this.#line] ?? ''
  }

  #put(line: string): void {
    this.#lines[this.#line] = line
  }

  // Our terminals turn a newline into a carriage return as well.
  #down(): void {
    this.#column = 0
    this.#line++
    if (this.#line === this.#lines.length) this.#lines.push('')
  }

  #eraseBelow(): void {
    this.#lines.length = this.#line + 1
    this.#put(this.#current.slice(0, this.#column))
  }

  #print(character: string): void {
    if (/\p{Cc}/u.test(character)) throw new Error(`a control character: ${JSON.stringify(character)}`)
    if (this.#column === this.columns) this.#down()
    const line = this.#current.padEnd(this.#column)
    this.#put(line.slice(0, this.#column) + character + line.slice(this.#column + 1))
    this.#column++
  }

  /** What is to be seen, with what has scrolled away, without the empty rows at the end. */
  get text(): string[] {
    return this.#lines.slice(0, this.#lines.findLastIndex(line => line !== '') + 1)
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#line, column: this.#column }
  }
}

function pieces(line: string, columns: number): string[] {
  const rest = line.length <= columns ? [] : pieces(line.slice(columns), columns)
  return [line.slice(0, columns), ...rest]
}
