import { defineConfig } from 'vitest/config'

/** What would change how credentials are found, and whether recordings are made. */
const env = { DOCKER_AUTH_CONFIG: '', CI: '', HOLDFAST_RECORD: '' }
const report = process.env.HOLDFAST_TEST_REPORT

export default defineConfig({
  test: {
    // vitest leaves one processor out, which is half of a small machine.
    maxWorkers: '100%',
    ...(report && { reporters: ['default', ['json', { outputFile: report }]] }),
    projects: [
      {
        test: {
          name: 'offline',
          include: ['test/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['test/live/**', 'bench/node_modules/**'],
          testTimeout: 10_000,
          // What runs at the same time waits for clocks most of the time.
          maxConcurrency: 25,
          env,
          setupFiles: ['test/wire/every-request.ts'],
        },
      },
      {
        test: {
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each file has Engines of its own, and most of the time waits for them.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          env,
        },
      },
    ],
  },
})
