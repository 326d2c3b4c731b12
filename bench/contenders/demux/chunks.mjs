/** Frames of that payload, as a stream of chunks would bring them; `total` counts the headers, too. */
export function cut(payload, total, chunk) {
  const frame = Buffer.alloc(8 + payload, 'x')
  frame.fill(0, 0, 8)
  frame[0] = 1
  frame.writeUInt32BE(payload, 4)
  // As many different chunks as it takes until the frames lie in them as in the first one, or all there are.
  const cycle = Math.min(leastCommonMultiple(frame.length, chunk), Math.ceil(total / chunk) * chunk)
  const bytes = Buffer.alloc(cycle)
  for (let at = 0; at < cycle; at += frame.length) frame.copy(bytes, at)
  const chunks = []
  for (let at = 0; at < cycle; at += chunk) chunks.push(bytes.subarray(at, at + chunk))
  return { chunks, count: Math.floor(total / chunk) }
}

function leastCommonMultiple(a, b) {
  const divisor = (x, y) => (y === 0 ? x : divisor(y, x % y))
  return (a / divisor(a, b)) * b
}
