/** Calls `stop` with the reason once one of the signals is aborted; returns a function that removes the listeners. */
export function onAbort(
  signals: ReadonlyArray<AbortSignal | undefined>,
  stop: (reason: unknown) => void,
): () => void {
  const listeners = signals
    .filter(signal => signal !== undefined)
    .map(signal => ({ signal, listener: () => stop(signal.reason) }))
  for (const { signal, listener } of listeners) {
    if (signal.aborted) listener()
    else signal.addEventListener('abort', listener, { once: true })
  }
  return () => {
    for (const { signal, listener } of listeners) signal.removeEventListener('abort', listener)
  }
}

/** What the promise gives, unless the signal is aborted before: then rejects with its reason. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const stopListening = onAbort([signal], reject)
    promise.then(resolve, reject).finally(stopListening)
  })
}
