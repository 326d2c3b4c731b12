/** A byte string to look for, and what it stands for. */
export interface Pattern {
  readonly bytes: Uint8Array
  /** The index of the secret that it spells. */
  readonly secret: number
}

/** A run of bytes that one or more patterns cover, and the longest of them. */
export interface Match {
  start: number
  end: number
  pattern: Pattern
}

/** Bytes that escaping makes ambiguous compare equal: the control character and the letter of its escape, `+` and a space. */
const folded = Uint8Array.from({ length: 256 }, (_, byte) => byte)
Buffer.from('abtnvfr').forEach((letter, at) => {
  folded[0x07 + at] = letter
})
folded[0x2b] = 0x20

/**
 * Finds any of many patterns in one pass over the bytes (Aho-Corasick). The trie keeps a first child and a next sibling
 * for each node: a pattern of 48 KB takes 17 bytes a byte of it, where a table of 256 children would take 48 MB.
 */
export class Search {
  readonly #patterns: readonly Pattern[]
  readonly #byte: Uint8Array
  readonly #child: Int32Array
  readonly #sibling: Int32Array
  readonly #fallback: Int32Array
  /** The longest pattern that ends at a node, plus one; 0 for none. */
  readonly #ending: Int32Array
  /** The children of the root, by their byte. */
  readonly #first = new Int32Array(256)
  #nodes = 1

  constructor(patterns: readonly Pattern[]) {
    const size = patterns.reduce((sum, { bytes }) => sum + bytes.length, 1)
    this.#patterns = patterns
    this.#byte = new Uint8Array(size)
    this.#child = new Int32Array(size)
    this.#sibling = new Int32Array(size)
    this.#fallback = new Int32Array(size)
    this.#ending = new Int32Array(size)
    for (const [number, { bytes }] of patterns.entries()) this.#insert(bytes, number)
    this.#link()
  }

  #insert(bytes: Uint8Array, number: number): void {
    let node = 0
    for (const byte of bytes) node = this.#step(node, fold(byte)) || this.#grow(node, fold(byte))
    if (node !== 0) this.#ending[node] ||= number + 1
  }

  #step(node: number, byte: number): number {
    if (node === 0) return at(this.#first, byte)
    let child = at(this.#child, node)
    while (child !== 0 && this.#byte[child] !== byte) child = at(this.#sibling, child)
    return child
  }

  #grow(node: number, byte: number): number {
    const made = this.#nodes++
    this.#byte[made] = byte
    if (node === 0) this.#first[byte] = made
    this.#sibling[made] = at(this.#child, node)
    this.#child[node] = made
    return made
  }

  // Breadth first: the fallback of a node is nearer to the root than the node.
  #link(): void {
    const queue = new Int32Array(this.#nodes)
    for (let head = 0, tail = 1; head < tail; head++) {
      const node = at(queue, head)
      for (let child = at(this.#child, node); child !== 0; child = at(this.#sibling, child)) {
        const fallback = node === 0 ? 0 : this.#next(at(this.#fallback, node), at(this.#byte, child))
        this.#fallback[child] = fallback
        this.#ending[child] ||= at(this.#ending, fallback)
        queue[tail++] = child
      }
    }
  }

  #next(from: number, byte: number): number {
    for (let node = from; ; node = at(this.#fallback, node)) {
      const child = this.#step(node, byte)
      if (child !== 0 || node === 0) return child
    }
  }

  /** Where patterns stand in the bytes, in order; matches that overlap are one. */
  in(bytes: Uint8Array): Match[] {
    const matches: Match[] = []
    const first = this.#first
    let node = 0
    for (let end = 1; end <= bytes.length; end++) {
      const byte = fold(at(bytes, end - 1))
      node = node === 0 ? at(first, byte) : this.#next(node, byte)
      if (node === 0) continue
      const ending = at(this.#ending, node)
      const pattern = this.#patterns[ending - 1]
      if (pattern !== undefined) add(matches, { start: end - pattern.bytes.length, end, pattern })
    }
    return matches
  }
}

function add(matches: Match[], match: Match): void {
  for (let last = matches.at(-1); last !== undefined && last.end > match.start; last = matches.at(-1)) {
    if (last.pattern.bytes.length > match.pattern.bytes.length) match.pattern = last.pattern
    match.start = Math.min(match.start, last.start)
    matches.pop()
  }
  matches.push(match)
}

function fold(byte: number): number {
  return at(folded, byte)
}

// Every index here is within its array.
function at(array: Uint8Array | Int32Array, index: number): number {
  return array[index] ?? 0
}
