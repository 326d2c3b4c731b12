/** 4 or 6 for an IP address, 0 for any other text. node:net takes 3 ms to load: not before there is an address. */
export function ipVersion(text: string): number {
  return process.getBuiltinModule('node:net').isIP(text)
}
