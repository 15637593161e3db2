import { ensureBrowser } from '../scripts/browser.mjs'
import { build } from '../scripts/build.mjs'
import { startTestCluster } from '../test/support/cluster'

/** Builds Muster, finds a browser, and starts the PostgreSQL that all workers share. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  await build()
  const browser = await ensureBrowser()
  if (browser) process.env.MUSTER_BROWSER = browser
  const cluster = await startTestCluster()
  process.env.MUSTER_TEST_CLUSTER = cluster.url
  return () => cluster.stop()
}
