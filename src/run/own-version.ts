/** holdfast's version, the same as in package.json: the built files read no package.json. */
export const ownVersion = '0.1.0'
