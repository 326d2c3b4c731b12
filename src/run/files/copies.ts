/** What is copied, and where to. Of `copyIn`, `from` is on this machine; of `copyOut`, `to` is. */
export interface Copy {
  /** Of `copyIn` a path of this machine, of `copyOut` an absolute path of the container. */
  from: string
  /** Of `copyIn` an absolute path of the container, of `copyOut` a path of this machine. */
  to: string
}

/** What one copy may take; 0 is no limit. */
export interface CopyLimits {
  /** Bytes of all files together. Default 64 GiB. */
  bytes?: number | undefined
  /** Files, directories and links. Default 1,000,000. */
  entries?: number | undefined
  /** Milliseconds without a byte. Default 120,000. */
  idle?: number | undefined
  /** Milliseconds from its start to its end. Default 3,600,000. */
  total?: number | undefined
}

export const defaultCopyLimits = {
  bytes: 64 * 2 ** 30,
  entries: 1_000_000,
  idle: 120_000,
  total: 3_600_000,
} satisfies CopyLimits

/** An entry that was not copied, or not as it was. */
export interface Omission {
  /** As the archive has it, shortened. */
  name: string
  /** What is wrong with it. */
  reason: string
}

/** What was copied. */
export interface CopyReport extends Copy {
  /** `in`: into the container; `out`: out of it. */
  direction: 'in' | 'out'
  /** Files, directories and links. */
  entries: number
  /** Bytes of all files together. */
  bytes: number
  /** The first entries that were left out or changed, 20 at most. */
  omitted: Omission[]
  /** How many there were. */
  omissions: number
}
