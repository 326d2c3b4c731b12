/** The checkout whose build is measured: HOLDFAST, or the one around this folder. */
export const root = process.env.HOLDFAST ?? new URL('../..', import.meta.url).pathname
