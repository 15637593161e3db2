import { defineConfig } from 'playwright/test'

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/global-setup.ts',
  fullyParallel: true,
  forbidOnly: true,
  workers: 2,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: 'line',
  outputDir: 'test-results',
  use: {
    viewport: { width: 1280, height: 900 },
    // A trace costs every test a fifth of its time; `--trace on` records one.
    screenshot: 'only-on-failure',
  },
})
