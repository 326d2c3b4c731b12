/** The name that a mistyped one was probably meant to be, if one is close. */
export function nearest(typed: string, names: Iterable<string>): string | undefined {
  if (typed.length > 40) return undefined
  let best: string | undefined
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1
  for (const name of names) {
    const distance = edits(typed, name)
    if (distance < least) [best, least] = [name, distance]
  }
  return best
}

// Optimal string alignment: insert, delete, replace, swap two neighbours.
function edits(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replace = cell(last, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const swap = swapped ? cell(before, j - 2) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(cell(last, j) + 1, cell(row, j - 1) + 1, replace, swap))
    }
    before = last
    last = row
  }
  return cell(last, to.length)
}

function cell(row: readonly number[], at: number): number {
  return row[at] ?? Number.POSITIVE_INFINITY
}
