import { type ChildProcess, spawn } from 'node:child_process'
import { projectPath } from '../src/config/project-path'
import { cloneTemplate, type TestDatabase } from '../test/support/cluster'

const START_DEADLINE_MS = 20_000
const STOP_DEADLINE_MS = 10_000

/** A Muster in a process of its own, on a database of its own. */
export class MusterProcess {
  private child: ChildProcess | null = null
  private port = 0
  /** What it said on standard error. */
  errors = ''

  private constructor(
    readonly database: TestDatabase,
    private readonly env: Record<string, string>,
  ) {}

  /** `fill` is given the database before the process is started. */
  static async start(
    env: Record<string, string> = {},
    fill: (databaseUrl: string) => Promise<void> = async () => {},
  ): Promise<MusterProcess> {
    const cluster = process.env.MUSTER_TEST_CLUSTER
    if (!cluster) throw new Error('There is no test cluster: global-setup.ts has not run')
    const database = await cloneTemplate(cluster)
    await fill(database.url)
    const muster = new MusterProcess(database, env)
    await muster.run()
    return muster
  }

  /** Starts another process on the same database. */
  async startBeside(): Promise<MusterProcess> {
    const other = new MusterProcess(this.database, this.env)
    await other.run()
    return other
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Starts it again at the same address. */
  async run(): Promise<void> {
    const child = spawn(process.execPath, [projectPath('dist', 'server.js')], {
      env: {
        PATH: process.env.PATH ?? '',
        LOG_LEVEL: 'warn',
        DATABASE_URL: this.database.url,
        ...this.env,
        PORT: String(this.port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child = child
    child.stderr.on('data', (chunk: Buffer) => {
      this.errors += chunk
    })
    this.port = await new Promise<number>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`Muster ${why}: ${this.errors}`))
      const deadline = setTimeout(() => fail('did not start in time'), START_DEADLINE_MS)
      child.once('exit', (code) => fail(`ended with code ${code}`))
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk
        const port = /Muster is at http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1]
        if (!port) return
        clearTimeout(deadline)
        resolve(Number(port))
      })
    })
  }

  /** Ends the process: `SIGTERM` asks, `SIGKILL` does not. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const { child } = this
    this.child = null
    if (!child || child.exitCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(signal)
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
    await gone
    clearTimeout(deadline)
  }

  async dispose(): Promise<void> {
    await this.stop()
    await this.database.drop()
  }
}
