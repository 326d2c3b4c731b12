/**
 * An id in the form of a random UUID. It distinguishes runs and is not secret: `crypto.randomUUID()` loads 8 ms of CPU.
 * A program may have seeded Math.random, so the process and the nanosecond are part of it.
 */
export function newId(): string {
  const digits = (value: number, count: number) =>
    Math.floor(value).toString(16).padStart(count, '0').slice(-count)
  const instant = process.hrtime.bigint().toString(16).padStart(12, '0').slice(-12)
  return [
    digits(Math.random() * 0x1_0000_0000, 8),
    digits(process.pid, 4),
    digits(0x4000 + Math.random() * 0x1000, 4),
    digits(0x8000 + Math.random() * 0x4000, 4),
    instant,
  ].join('-')
}
