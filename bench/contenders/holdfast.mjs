/** The checkout whose build is measured: HOLDFAST, or the one around this folder. */
const root = process.env.HOLDFAST ?? new URL('../..', import.meta.url).pathname

/** The library, as `import … from 'holdfast'` gives it. */
export const { connect, run, pull, packArchive, unpackArchive } = await import(`${root}/dist/index.js`)
