import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { projectPath } from '../src/config/project-path'
import { startEmbeddedPostgres } from '../src/db/embedded/start'
import { ensureDatabase } from '../src/db/ensure-database'
import { migrate } from '../src/db/migrate'
import { acknowledged, boards, greedy, hostile, page, slow } from './parts/fleet-cases'
import { Client, TOKEN } from './parts/fleet-client'
import { fillFleet, fillLog } from './parts/fleet-data'
import { startMusterChild, stopChild } from './parts/muster-child'

/**
 * How Muster does with a large fleet and with senders who mean no good: everything is measured through
 * HTTP, on a Muster and a database of its own. `npm run bench -- fleet --sessions 1000 --only page`.
 */

const CASES = { page, boards, hostile, acknowledged, greedy, slow }
type Case = keyof typeof CASES

const HELP = `npm run bench -- fleet [--sessions N,N] [--events N] [--seconds N] [--only CASE,CASE]

  --sessions  sizes of the fleet for page and boards; 10000,100000
  --events    rows of the log for slow; 1000000
  --seconds   how long boards are watched; 15
  --only      ${Object.keys(CASES).join(', ')}; all of them
`

const SMALL_FLEET = 400

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '10000,100000' },
    events: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '15' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const wanted = values.only?.split(',').map((name) => name.trim()) ?? null
const isWanted = (name: Case) => wanted === null || wanted.includes(name)

/** Runs cases one after the other on one Muster, whose fleet has so many sessions. */
async function measure(title: string, sessions: number, names: readonly Case[], events = 0) {
  const chosen = names.filter(isWanted)
  if (chosen.length === 0) return
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-bench-'))
  const database = await startEmbeddedPostgres({ dataDir, log: () => undefined })
  try {
    await migrate(await ensureDatabase(database.url))
    await fillFleet(database.url, sessions)
    if (events > 0 && isWanted('slow')) await fillLog(database.url, events)
    const { child, url, ms } = await startMusterChild(environment(database.url))
    const client = new Client(url)
    try {
      console.log(`\n${title} (started in ${ms} ms)`)
      const readOnlyToken = () => createToken(database.url)
      const stage = { client, pid: child.pid ?? 0, seconds: Number(values.seconds), readOnlyToken }
      for (const name of chosen) {
        console.log(`  ${name}`)
        for (const [what, figure] of await CASES[name](stage)) {
          console.log(`    ${what.padEnd(42)} ${figure}`)
        }
      }
    } finally {
      client.close()
      await stopChild(child)
    }
  } finally {
    await database.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Nothing is limited but what is measured. */
function environment(databaseUrl: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    MUSTER_TOKEN: TOKEN,
    MUSTER_REPORTS_PER_MINUTE: '10000000',
    MUSTER_EVENTS_PER_MINUTE: '0',
    MUSTER_NEW_SESSIONS_PER_MINUTE: '0',
    MUSTER_NEW_PROJECTS_PER_MINUTE: '0',
  }
}

async function createToken(databaseUrl: string): Promise<string> {
  const args = ['token', 'create', '--name', `bench ${Date.now()}`, '--rights', 'read']
  const env = { ...process.env, DATABASE_URL: databaseUrl }
  const program = projectPath('dist', 'cli', 'muster.js')
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env })
  return stdout.trim()
}

if (values.help) {
  console.log(HELP)
} else {
  for (const sessions of values.sessions.split(',').map(Number)) {
    await measure(`${sessions.toLocaleString('en')} sessions`, sessions, ['page', 'boards'])
  }
  // Last: a disk that is still busy with the large log would slow down the commits of the others.
  const names = ['hostile', 'acknowledged', 'slow', 'greedy'] as const
  await measure('A small fleet', SMALL_FLEET, names, Number(values.events))
}
