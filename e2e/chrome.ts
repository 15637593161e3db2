import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'

interface Answer {
  readonly id?: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

const DEADLINE_MS = 30_000

/**
 * A Chromium whose tabs are hidden when they are in the background: Playwright keeps every page of
 * its own visible and focused. Spoken to by the DevTools protocol, through a pipe.
 */
export class Chrome {
  private lastId = 0
  private rest = ''
  private readonly waiting = new Map<number, (answer: Answer) => void>()

  private constructor(
    private readonly child: ChildProcess,
    private readonly profile: string,
  ) {
    const output = child.stdio[4] as Readable
    output.setEncoding('utf8').on('data', (text: string) => this.read(text))
  }

  static async start(executable: string): Promise<Chrome> {
    const profile = await mkdtemp(path.join(tmpdir(), 'muster-chrome-'))
    const args = ['--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profile}`]
    if (process.getuid?.() === 0) args.push('--no-sandbox')
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const
    return new Chrome(spawn(executable, args, { stdio: [...stdio] }), profile)
  }

  /** Opens a tab in front of the others; `script` runs before those of its pages. */
  async open(url: string, script = ''): Promise<Tab> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    const tab = new Tab(this, String(targetId), String(sessionId))
    await tab.send('Page.enable')
    await tab.send('Page.addScriptToEvaluateOnNewDocument', { source: script })
    await tab.send('Page.navigate', { url })
    return tab
  }

  async send(
    method: string,
    params: object = {},
    sessionId?: string,
  ): Promise<Record<string, unknown>> {
    const id = ++this.lastId
    const input = this.child.stdio[3] as Writable
    const answer = await new Promise<Answer>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${method}: no answer`)), DEADLINE_MS)
      this.waiting.set(id, (given) => {
        clearTimeout(late)
        resolve(given)
      })
      input.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`)
    })
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result ?? {}
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    await this.send('Browser.close').catch(() => this.child.kill('SIGKILL'))
    await gone
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }

  private read(text: string): void {
    const messages = (this.rest + text).split('\0')
    this.rest = messages.pop() ?? ''
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer
      if (answer.id === undefined) continue
      this.waiting.get(answer.id)?.(answer)
      this.waiting.delete(answer.id)
    }
  }
}

export class Tab {
  constructor(
    private readonly chrome: Chrome,
    private readonly target: string,
    private readonly session: string,
  ) {}

  send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    return this.chrome.send(method, params, this.session)
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, returnByValue: true, awaitPromise: true }
    const { result } = await this.send('Runtime.evaluate', options)
    return (result as { value?: unknown } | undefined)?.value
  }

  /** What the page says of its connection. */
  status(): Promise<unknown> {
    return this.evaluate("document.getElementById('connection')?.dataset.status")
  }

  async bringToFront(): Promise<void> {
    await this.chrome.send('Target.activateTarget', { targetId: this.target })
  }

  async close(): Promise<void> {
    await this.chrome.send('Target.closeTarget', { targetId: this.target })
  }
}
