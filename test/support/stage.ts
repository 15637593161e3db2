import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isProcessAlive } from '../../src/process/process-identity'
import { type CloneOptions, makeClone } from './clone'
import { makeDataFolder } from './data-folder'
import { until } from './deadline'
import { postmasterOf } from './embedded-scratch'
import { TestProgram } from './program'

type Environment = Record<string, string>

/** A scratch folder with a clone of Muster, in which tests start the real programs. */
export class TestStage {
  private readonly programs: TestProgram[] = []
  private dataDirs = 0

  private constructor(
    readonly folder: string,
    private readonly dataFolder: string,
  ) {}

  static async create(options: CloneOptions = { built: true }): Promise<TestStage> {
    const folder = await mkdtemp(path.join(tmpdir(), 'muster-stage-'))
    // Run by root, PostgreSQL is another user's.
    await chmod(folder, 0o755)
    const stage = new TestStage(folder, await makeDataFolder('muster-data-'))
    await makeClone(stage.clone, options)
    return stage
  }

  get clone(): string {
    return path.join(this.folder, 'clone')
  }

  newDataDir(): string {
    return path.join(this.dataFolder, `data-${++this.dataDirs}`)
  }

  /** `node dist/server.js` */
  serve(env: Environment, node: string[] = []): TestProgram {
    return this.run(process.execPath, [...node, path.join('dist', 'server.js')], env)
  }

  /** `npm start` */
  npmStart(env: Environment): TestProgram {
    return this.run('npm', ['start'], env)
  }

  run(file: string, args: string[], env: Environment): TestProgram {
    const program = new TestProgram(file, args, { cwd: this.clone, env: environment(env) })
    this.programs.push(program)
    return program
  }

  /** Ends what a test has left running. */
  async end(): Promise<void> {
    await Promise.all(this.programs.splice(0).map((program) => program.remove()))
  }

  async remove(): Promise<void> {
    await this.end()
    const options = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }
    for (const folder of [this.folder, this.dataFolder]) await rm(folder, options)
  }
}

/** None of ours may get in: not the database of somebody, nor the npm that runs these tests. */
function environment(env: Environment): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, SystemRoot } = process.env
  const usual = { PORT: '0', LOG_LEVEL: 'warn', npm_config_update_notifier: 'false' }
  return { PATH, HOME, TMPDIR, SystemRoot, ...usual, ...env }
}

export async function untilGone(label: string, pid: number): Promise<void> {
  await until(`${label} is gone`, async () => !(await isProcessAlive(pid)), 30_000)
}

/** Waits for the server to be there: right after a crash it is not. */
export function untilPostmaster(dataDir: string, not = 0): Promise<number> {
  const look = async () => {
    const pid = await postmasterOf(dataDir).catch(() => undefined)
    return pid !== not && pid
  }
  return until('PostgreSQL runs', async () => (await look()) || undefined, 30_000)
}
