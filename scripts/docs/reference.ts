/*
 * Writes the generated parts of docs/: outcome.md, library.md, command.md and the JSON Schemas: npm run docs:reference
 */
import { writeFileSync } from 'node:fs'
import { referenceFiles } from './reference/pages.ts'

for (const [name, text] of Object.entries(referenceFiles()))
  writeFileSync(new URL(`../../docs/${name}`, import.meta.url), text)
