// Loaded with --import: hides undici's private files (HIDE_UNDICI_FILES=1), or takes undici from another folder (UNDICI).
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

registerHooks({
  resolve(specifier, context, next) {
    const [name, ...file] = specifier.split('/')
    if (name !== 'undici') return next(specifier, context)
    if (process.env.HIDE_UNDICI_FILES && file.length > 0) throw new Error(`${specifier} is not exported`)
    const folder = process.env.UNDICI
    if (!folder) return next(specifier, context)
    return next(pathToFileURL(`${folder}/${file.length > 0 ? file.join('/') : 'index.js'}`).href, context)
  },
})
