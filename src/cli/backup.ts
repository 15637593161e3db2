import packageJson from '../../package.json' with { type: 'json' }
import { type BackupSummary, backUp } from '../backup/backup'
import { readConfigFile } from '../config/file'
import { type Config, loadConfig } from '../config/load'
import { findRunning, hasCluster } from '../db/embedded/running'
import { startEmbeddedPostgres } from '../db/embedded/start'
import { waitForDatabase } from '../db/wait-for-database'
import type { Command } from './command'
import { surroundingsOf } from './context'
import { parseOneFile } from './one-file'
import { showProgress, stoppable } from './progress'

const HELP = `Writes everything that Muster knows to a file, while it runs or not.

  muster backup FILE

  FILE  must not exist yet; whoever can read it can read everything that was reported

The database is the one that "npm start" would use here. "muster restore FILE" puts it back.
`

export const backup: Command = {
  summary: 'writes everything that Muster knows to a file',
  help: HELP,
  run,
}

export async function run(args: string[], around = surroundingsOf(process)): Promise<number> {
  const { file } = parseOneFile(args, around.folder)
  const config = loadConfig(around.env, readConfigFile(around.env))
  const { rows, bytes } = await stoppable((signal) => write(file, config, signal))
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MB`
  around.print(`${rows} rows are in ${file} (${size}). “muster restore ${file}” puts them back.`)
  return 0
}

async function write(file: string, config: Config, signal: AbortSignal): Promise<BackupSummary> {
  const running = config.databaseUrl ?? (await findRunning(config.dataDir))
  if (running) {
    await waitForDatabase(running, { tell: console.error, signal })
    return writeFrom(running, file, signal)
  }
  if (!(await hasCluster(config.dataDir))) {
    throw new Error(
      `There is no database in ${config.dataDir}: set MUSTER_DATA_DIR or DATABASE_URL as for the Muster that you mean.`,
    )
  }
  const server = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: console.error,
    signal,
  })
  try {
    return await writeFrom(server.url, file, signal)
  } finally {
    await server.stop()
  }
}

async function writeFrom(url: string, file: string, signal: AbortSignal): Promise<BackupSummary> {
  const { onProgress, end } = showProgress('Backing up')
  try {
    return await backUp(url, file, { version: packageJson.version, onProgress, signal })
  } finally {
    end()
  }
}
