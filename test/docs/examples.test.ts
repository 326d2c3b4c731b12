import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { commandNamed } from '../../src/cli/commands.ts'
import { parse } from '../../src/cli/grammar.ts'
import { world } from '../cli/world.ts'

const root = join(import.meta.dirname, '../..')
const pages = ['README.md', ...globSync('docs/*.md', { cwd: root })].filter(
  page => !page.startsWith('docs/api'),
)
const sources = globSync('src/**/*.ts', { cwd: root })

/** An example that stands in a page, or in a comment of the source. */
interface Example {
  from: string
  code: string
}

function blocks(page: string, language: string): Example[] {
  const text = readFileSync(join(root, page), 'utf8')
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))
  return Array.from(found, ([, code = ''], at) => ({ from: `${page} ${at + 1}`, code }))
}

function commentExamples(file: string): Example[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(/@example\n\s*\* ```ts\n([\s\S]*?)\n\s*\* ```/g)
  return Array.from(found, ([, code = ''], at) => ({
    from: `${file} ${at + 1}`,
    code: code.replace(/^\s*\* ?/gm, ''),
  }))
}

test('every example in TypeScript compiles', () => {
  const folder = mkdtempSync(join(root, 'test/docs/.examples-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const examples = [...pages.flatMap(page => blocks(page, 'ts')), ...sources.flatMap(commentExamples)]
  expect(examples.length).toBeGreaterThan(25)
  for (const [at, { from, code }] of examples.entries()) {
    // A short example leaves out what the one before it has imported.
    const names = ['run', 'pull', 'check', 'connect', 'jobs'].filter(
      name => !new RegExp(`\\b${name}\\b.* from`).test(code),
    )
    const imports = `import { ${names.join(', ')} } from 'holdfast'`
    writeFileSync(join(folder, `example-${at}.ts`), `// ${from}\n${imports}\n${code}\nexport {}\n`)
  }
  const compilerOptions = {
    noUnusedLocals: false,
    paths: {
      holdfast: ['../../../src/index.ts'],
      'holdfast/engine': ['../../../src/engine/index.ts'],
      'holdfast/replay': ['../../../src/replay/index.ts'],
    },
  }
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions,
    include: ['*.ts', '../../../src/engine/http/undici-parts.d.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const compile = () => execFileSync('tsc', ['-p', folder], { encoding: 'utf8' })
  expect(outputOf(compile)).toBe('')
}, 60_000)

test('every example of a command is understood', () => {
  // docs/errors.md shows commands that fail.
  const lines = pages
    .filter(page => page !== 'docs/errors.md')
    .flatMap(page => [...blocks(page, 'sh'), ...blocks(page, 'console'), ...blocks(page, 'cron')])
    .flatMap(({ from, code }) =>
      code
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map(line => ({ from, line })),
    )
    .flatMap(({ from, line }) => commandsIn(line).map(argv => ({ from, argv })))
  expect(lines.length).toBeGreaterThan(40)
  const refused = lines.flatMap(({ from, argv: [name = '', ...argv] }) => {
    try {
      parse(commandNamed(name), argv, world({ HOME: '/home' }, files))
      return []
    } catch (error) {
      return [`${from}: ${name} ${argv.join(' ')}: ${error}`]
    }
  })
  expect(refused).toEqual([])
})

/** What examples read. */
const files = { '/work/dir/job.env': 'A=1\n' }

/** The arguments of each `holdfast …` in a line of shell. */
function commandsIn(line: string): string[][] {
  const text = line.replace(/(^|\s)#.*/, '').replace(/\$\([^)]*\)/g, 'x')
  const words = text.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []
  const found: string[][] = []
  let current: string[] | undefined
  for (const word of words) {
    if (word === 'holdfast') {
      current = []
      found.push(current)
    } else if (/^(\||\|\||&&|;|[<>]|2>|\()/.test(word)) current = undefined
    else current?.push(word.replace(/(['"])(.*?)\1/g, '$2'))
  }
  // An outline such as `holdfast COMMAND --help` is not a command.
  return found.filter(([name]) => name !== undefined && /^[a-z]+$/.test(name) && name !== 'help')
}

function outputOf(work: () => string): string {
  try {
    return work()
  } catch (error) {
    const { stdout = '', message } = error as { stdout?: string; message: string }
    return stdout === '' ? message : stdout
  }
}
