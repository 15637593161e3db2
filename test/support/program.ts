import { type ChildProcess, spawn } from 'node:child_process'
import { until, within } from './deadline'

/** Starting takes a second or two; a machine that is busy with other tests may need ten times that. */
const START_DEADLINE_MS = 60_000
const END_DEADLINE_MS = 30_000

interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  /** Everything that was printed, on both streams. */
  printed: string
}

/** A program that a test has started, in a process group of its own as a terminal would. */
export class TestProgram {
  private text = ''
  private readonly child: ChildProcess
  private readonly ending: Promise<Ending>

  constructor(file: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    this.child = spawn(file, args, {
      ...options,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const collect = (chunk: Buffer) => {
      this.text += chunk
    }
    this.child.stdout?.on('data', collect)
    this.child.stderr?.on('data', collect)
    this.ending = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', (code, signal) => resolve({ code, signal, printed: this.text }))
    })
    this.ending.catch(() => undefined)
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  get printed(): string {
    return this.text
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** Where it serves, once it does. */
  async address(): Promise<string> {
    const [, address = ''] = await this.prints(/Muster is at (\S+)/)
    return address
  }

  prints(pattern: RegExp): Promise<RegExpExecArray> {
    const look = () => {
      const found = pattern.exec(this.text)
      if (!found && this.hasEnded) throw new Error(`It ended without ${pattern}:\n${this.text}`)
      return found ?? undefined
    }
    return until(`it prints ${pattern}`, look, START_DEADLINE_MS)
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** What the terminal does at Ctrl-C, and when it is closed. */
  killGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal)
  }

  /** Resolves when all that was started has let go of its output too. */
  ends(): Promise<Ending> {
    return within('it ends', this.ending, END_DEADLINE_MS)
  }

  async remove(): Promise<void> {
    if (!this.hasEnded) this.kill('SIGTERM')
    await this.ends().catch(() => this.killGroup('SIGKILL'))
  }
}
