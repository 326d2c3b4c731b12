import { createRequire } from 'node:module'

const root = process.env.HOLDFAST ?? new URL('../..', import.meta.url).pathname

/** undici's client for HTTP/1.1, as the holdfast that is measured has it. */
export default createRequire(import.meta.url)(`${root}/node_modules/undici/lib/dispatcher/client.js`)
