/** Calls `stop` with the reason once one of the signals is aborted; returns a function that removes the listeners. */
export function onAbort(
  signals: ReadonlyArray<AbortSignal | undefined>,
  stop: (reason: unknown) => void,
): () => void {
  const listener = () => stop(signals.find(signal => signal?.aborted)?.reason)
  for (const signal of signals) {
    if (signal?.aborted) listener()
    else signal?.addEventListener('abort', listener)
  }
  return () => {
    for (const signal of signals) signal?.removeEventListener('abort', listener)
  }
}

/** What the promise gives, unless the signal is aborted before: then rejects with its reason. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const stopListening = onAbort([signal], reject)
    promise.then(resolve, reject)
    promise.then(stopListening, stopListening)
  })
}
