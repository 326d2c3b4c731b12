/** The build that is measured: HOLDFAST names a checkout; by default it is the one around this folder. */
export const root = process.env.HOLDFAST ?? new URL('../..', import.meta.url).pathname

/** The library, as `import … from 'holdfast'` gives it. */
export const { connect, run, pull, packArchive, unpackArchive } = await import(`${root}/dist/index.js`)
