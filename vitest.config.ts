import { defineConfig } from 'vitest/config'

const report = process.env.HOLDFAST_TEST_REPORT

export default defineConfig({
  test: {
    ...(report && { reporters: ['default', ['json', { outputFile: report }]] }),
    projects: [
      {
        test: {
          name: 'offline',
          include: ['test/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['test/live/**', 'bench/node_modules/**'],
          testTimeout: 10_000,
          env: { DOCKER_AUTH_CONFIG: '' },
        },
      },
      {
        test: {
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          env: { DOCKER_AUTH_CONFIG: '' },
        },
      },
    ],
  },
})
