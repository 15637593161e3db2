import { BackupReader } from '../backup/reader'
import { type RestoreOptions, type RestoreSummary, restore as restoreFile } from '../backup/restore'
import { readConfigFile } from '../config/file'
import { type Config, loadConfig } from '../config/load'
import { startEmbeddedPostgres } from '../db/embedded/start'
import { waitForDatabase } from '../db/wait-for-database'
import type { Command } from './command'
import { surroundingsOf } from './context'
import { parseOneFile } from './one-file'
import { showProgress, stoppable } from './progress'

const HELP = `Puts back what "muster backup FILE" has written. No Muster may run meanwhile.

  muster restore FILE [--replace]

  --replace  what is in the database now is lost; without it, only an empty one is filled

Everything is put back, or nothing is changed. Streams that were read before start anew.
`

export const restore: Command = {
  summary: 'puts back what a backup holds',
  help: HELP,
  run,
}

export async function run(args: string[], around = surroundingsOf(process)): Promise<number> {
  const { file, has } = parseOneFile(args, around.folder, ['replace'])
  const config = loadConfig(around.env, readConfigFile(around.env))
  const { rows, madeAt } = await stoppable((signal) =>
    putBack(file, config, { signal, replace: has('replace') }),
  )
  around.print(`${rows} rows are back, as they were at ${madeAt}.`)
  return 0
}

async function putBack(
  file: string,
  config: Config,
  options: RestoreOptions & { signal: AbortSignal },
): Promise<RestoreSummary> {
  const { signal } = options
  // Before a database is made for it.
  const { reader } = await BackupReader.open(file, signal)
  await reader.close()
  if (config.databaseUrl) {
    await waitForDatabase(config.databaseUrl, { tell: console.error, signal })
    return putInto(config.databaseUrl, file, options)
  }
  // Refuses where a Muster runs on the same directory.
  const server = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: console.error,
    signal,
  })
  try {
    return await putInto(server.url, file, options)
  } finally {
    await server.stop()
  }
}

async function putInto(
  url: string,
  file: string,
  options: RestoreOptions,
): Promise<RestoreSummary> {
  const { onProgress, end } = showProgress('Restoring')
  try {
    return await restoreFile(url, file, { ...options, onProgress })
  } finally {
    end()
  }
}
