import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { startEmbeddedPostgres } from '../../src/db/embedded/start'
import { ensureDatabase, runStatement } from '../../src/db/ensure-database'
import { migrate } from '../../src/db/migrate'
import { makeDataFolder } from './data-folder'

const TEMPLATE = 'muster_template'

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

interface TestCluster {
  /** What cloneTemplate takes; it can be handed to other processes. */
  url: string
  createDatabase(): Promise<TestDatabase>
  stop(): Promise<void>
}

/** A PostgreSQL of its own in a scratch folder, with a migrated template to clone. */
export async function startTestCluster(): Promise<TestCluster> {
  const folder = await makeDataFolder('muster-test-')
  // A run that is broken off has no teardown; its server ends with the process by itself.
  const removeAtExit = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  const removeFolder = async () => {
    process.off('exit', removeAtExit)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const server = await startEmbeddedPostgres({
      dataDir: folder,
      // Tests stand between Muster and its database, as a network does.
      listen: 'tcp',
      log: () => undefined,
      settings: {
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
        max_connections: 200,
        autovacuum_max_workers: 1,
      },
    })
    const stop = () => server.stop().then(removeFolder)
    try {
      const template = new URL(server.url)
      template.pathname = `/${TEMPLATE}`
      await migrate(await ensureDatabase(template.href))
      return { url: server.url, createDatabase: () => cloneTemplate(server.url), stop }
    } catch (error) {
      await stop()
      throw error
    }
  } catch (error) {
    await removeFolder()
    throw error
  }
}

/** An empty, migrated database that no other test sees. */
export async function cloneTemplate(clusterUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const url = new URL(clusterUrl)
  url.pathname = `/${name}`
  await runStatement(clusterUrl, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`)
  return {
    url: url.href,
    async drop() {
      await runStatement(clusterUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}
