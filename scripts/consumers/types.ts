import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Consumer, output, project } from './consumer.ts'
import { program } from './demo.ts'

const resolutions = {
  node16: { module: 'node16' },
  nodenext: { module: 'nodenext' },
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
}

const strict = {
  target: 'es2022',
  lib: ['es2024', 'esnext.disposable'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
}

/** What must not compile. */
const wrong = `import { run } from 'holdfast'
// @ts-expect-error: an option that does not exist
void run({ image: 'busybox:1', imgae: 'busybox:2' })
// @ts-expect-error: a policy that does not exist
void run({ image: 'busybox:1', pull: 'sometimes' })
`

/** The types of the package in a fresh project, whose compiler reads the files of its libraries, too. */
export async function types({ folder, tarball, tally }: Consumer): Promise<void> {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  await project(
    folder,
    {
      holdfast: `file:${tarball}`,
      'typescript-5.9': 'npm:typescript@~5.9.0',
      'typescript-7': `npm:typescript@${devDependencies.typescript}`,
      '@types/node': devDependencies['@types/node'],
    },
    { 'main.ts': program, 'wrong.ts': wrong },
  )
  for (const compiler of ['typescript-5.9', 'typescript-7']) {
    for (const [resolution, options] of Object.entries(resolutions)) {
      const config = { compilerOptions: { ...strict, ...options }, files: ['main.ts', 'wrong.ts'] }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
      await tally.check(`types: ${compiler}, ${resolution}`, async () => {
        await output('node', [`node_modules/${compiler}/bin/tsc`], { cwd: folder })
      })
    }
  }
}
