import { root } from './checkout.mjs'

/** The library, as `import … from 'holdfast'` gives it. */
export const { connect, run, pull, packArchive, unpackArchive } = await import(`${root}/dist/index.js`)
