import { defineConfig } from 'playwright/test'

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/global-setup.ts',
  fullyParallel: true,
  forbidOnly: true,
  // More than there are cores, because much of the time is spent waiting for timers of the product.
  workers: 3,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: 'line',
  outputDir: 'test-results',
  use: {
    viewport: { width: 1280, height: 900 },
    // An icon that turns keeps a headless browser drawing in software as long as its page is open.
    contextOptions: { reducedMotion: 'reduce' },
    // A trace costs every test a fifth of its time; `--trace on` records one.
    screenshot: 'only-on-failure',
  },
})
