import { join } from 'node:path'

/** The checkout whose build is measured: this one, unless HOLDFAST names another. */
export const holdfastRoot = process.env.HOLDFAST ?? join(import.meta.dirname, '../..')
