const endings = new Set<() => void>()

/** Calls `clean` when this process ends, also by a signal; returns what calls that off. */
export function atEnd(clean: () => void): () => void {
  listen()
  endings.add(clean)
  return () => endings.delete(clean)
}

let listening = false

function listen(): void {
  if (listening) return
  listening = true
  process.on('exit', () => {
    for (const clean of endings) clean()
  })
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
}
