import { readConfigFile } from '../config/file'
import { loadConfig } from '../config/load'
import { findServer } from '../db/embedded/running'
import { type Command, UsageError } from './command'
import type { CliContext } from './context'
import { parseSubCommand } from './sub-command'

const HELP = `The database of the Muster that runs here.

  muster db url

Prints its address as psql and pg_dump take it: psql "$(npx muster db url)". The password is not in
it, but the name of the file that holds it, which only Muster's own user can read. With DATABASE_URL
set it prints that.
`

export const db: Command = {
  summary: 'prints the address of the database for psql',
  help: HELP,
  run,
}

async function run(args: string[], { env, print }: CliContext): Promise<number> {
  const { rest } = parseSubCommand(args, ['url'])
  if (rest.length > 0) throw new UsageError(`There is no use for “${rest[0]}”`)
  const { databaseUrl, dataDir } = loadConfig(env, readConfigFile(env))
  print(databaseUrl ?? (await urlOf(dataDir)))
  return 0
}

async function urlOf(dataDir: string): Promise<string> {
  const server = await findServer(dataDir)
  if (server) return server.psqlUrl
  throw new Error(
    `No Muster runs on ${dataDir}, and its database runs with it only: start it, or set MUSTER_DATA_DIR or DATABASE_URL as for the Muster that you mean.`,
  )
}
