/*
 * Writes docs/wire.md, what holdfast sends, reads and starts, from the code: npm run docs:wire
 */
import { writeFileSync } from 'node:fs'
import { page } from '../../test/wire/page.ts'

writeFileSync(new URL('../../docs/wire.md', import.meta.url), await page())
