import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { projectPath } from '../../src/config/project-path'
import { readPidFile } from '../../src/db/embedded/pid-file'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/db/embedded/start'

/** A scratch folder for data directories, with whatever a test starts in it. */
export interface Scratch {
  folder: string
  /** What was logged by the servers of this folder. */
  logged: string[]
  start(name?: string, options?: Partial<EmbeddedPostgresOptions>): Promise<EmbeddedPostgres>
  /** The same in a process of its own, which the test can kill. */
  startElsewhere(name?: string): Promise<{ child: ChildProcess; url: string }>
  remove(): Promise<void>
}

const FAST = { fsync: 'off', full_page_writes: 'off' }

export async function createScratch(): Promise<Scratch> {
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-scratch-'))
  await chmod(folder, 0o755)
  const logged: string[] = []
  const servers: EmbeddedPostgres[] = []
  const children: ChildProcess[] = []
  const places = {
    cacheRoot: path.join(folder, 'cache'),
    stateRoot: path.join(folder, 'state'),
    settings: FAST,
  }
  return {
    folder,
    logged,
    async start(name = 'data', options = {}) {
      const server = await startEmbeddedPostgres({
        dataDir: path.join(folder, name),
        log: (message) => logged.push(message),
        ...places,
        ...options,
      })
      servers.push(server)
      return server
    },
    async startElsewhere(name = 'data') {
      const program = await bundleOwner(folder)
      const options = JSON.stringify({ dataDir: path.join(folder, name), ...places })
      const child = spawn(process.execPath, [program, options], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.push(child)
      const [url] = await once(child.stdout, 'data')
      return { child, url: String(url) }
    },
    async remove() {
      await Promise.all([...children.map(endChild), ...servers.map((server) => server.stop())])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The number of the server that uses the cluster in this data directory. */
export async function postmasterOf(dataDir: string): Promise<number> {
  const found = await readPidFile(path.join(dataDir, 'postgres'))
  if (!found) throw new Error(`No PostgreSQL runs in ${dataDir}`)
  return found.pid
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

async function bundleOwner(folder: string): Promise<string> {
  const outfile = path.join(folder, 'owner.mjs')
  // The packages are found from the scratch folder as from the project.
  const packages = path.join(folder, 'node_modules')
  await symlink(projectPath('node_modules'), packages, 'junction').catch(() => undefined)
  await build({
    stdin: { contents: OWNER, resolveDir: projectPath('test', 'support'), loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    preserveSymlinks: true,
  })
  return outfile
}

const OWNER = `
  import { startEmbeddedPostgres } from '../../src/db/embedded/start'
  const options = JSON.parse(process.argv[2])
  const server = await startEmbeddedPostgres({ ...options, log: () => {} })
  await server.setAddress('http://127.0.0.1:4690')
  process.once('SIGTERM', () => server.stop().then(() => process.exit()))
  process.stdout.write(server.url)
  setInterval(() => {}, 60_000)
`
