import { defineConfig } from 'vitest/config'

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    include: ['{src,views,test}/**/*.test.{ts,tsx}', '{scripts,test}/**/*.test.mjs'],
    globalSetup: [
      'test/support/database-setup.ts',
      'test/support/worker-setup.ts',
      'test/support/assets-setup.ts',
    ],
    pool: 'forks',
    // The files that run in one process share what they import, whose loading takes longest of all.
    isolate: false,
    // More than there are cores, because much of the time is spent waiting for other processes.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // For `--coverage`, with which `npm test` runs the tests of these: nothing may be lost in them.
    coverage: {
      provider: 'v8',
      include: ['src/stream/**/*.ts', 'src/log/**/*.ts'],
      exclude: ['**/*.test.ts', '**/test-*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { 'src/stream/**': { lines: 80 }, 'src/log/**': { lines: 80 } },
    },
  },
})
