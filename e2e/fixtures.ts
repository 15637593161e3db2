import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { test as base, expect, type Locator, type Page } from 'playwright/test'
import { MusterProcess } from './muster-process'

export { expect }

/** What a test sends and looks at, in the words of the product. */
export class Fleet {
  /** Every test reports under a project of its own, so that tests do not see each other. */
  readonly project = `p${randomUUID().slice(0, 8)}`
  readonly cwd = `/srv/${this.project}`

  constructor(readonly muster: MusterProcess) {}

  /** Posts a hook of Claude Code and resolves after its commit. */
  async hook(session: string, event: string, fields: Record<string, unknown> = {}): Promise<void> {
    await this.post('/hooks/claude-code', {
      session_id: session,
      hook_event_name: event,
      cwd: this.cwd,
      transcript_path: `${this.cwd}/${session}.jsonl`,
      ...fields,
    })
  }

  /** Posts what any program reports. */
  async report(fields: Record<string, unknown>): Promise<void> {
    await this.post('/api/events', { project: this.cwd, type: 'note', ...fields })
  }

  async post(path: string, body: unknown): Promise<void> {
    const response = await fetch(`${this.muster.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  }

  /** Makes an agent that works. */
  async startWork(session: string, prompt = 'Mend the fence'): Promise<void> {
    await this.hook(session, 'SessionStart', { source: 'startup' })
    await this.hook(session, 'UserPromptSubmit', { prompt, prompt_id: `${session}-1` })
    await this.startTool(session, 'hammer --nails 12')
  }

  startTool(session: string, command: string): Promise<void> {
    return this.hook(session, 'PreToolUse', {
      tool_name: 'Bash',
      tool_input: { command },
      tool_use_id: `${session}-${command}`,
      prompt_id: `${session}-1`,
    })
  }

  /** Makes the agent wait for a human. */
  ask(session: string, command: string): Promise<void> {
    return this.hook(session, 'PermissionRequest', {
      tool_name: 'Bash',
      tool_input: { command },
      prompt_id: `${session}-1`,
    })
  }

  finish(session: string, message = 'The fence stands.'): Promise<void> {
    return this.hook(session, 'Stop', {
      last_assistant_message: message,
      prompt_id: `${session}-1`,
      background_tasks: [],
    })
  }

  end(session: string): Promise<void> {
    return this.hook(session, 'SessionEnd', { reason: 'logout' })
  }

  /** Runs SQL in the database, as psql would. */
  async sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.muster.database.url })
    await client.connect()
    try {
      return (await client.query<Row>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  /** Removes every project that is there, and resolves when the board shows none. */
  async empty(): Promise<void> {
    const { url } = this.muster
    const listed = await fetch(`${url}/api/projects`)
    const { projects } = (await listed.json()) as { projects: { id: number }[] }
    for (const { id } of projects) {
      const removed = await fetch(`${url}/api/projects/${id}`, { method: 'DELETE' })
      // Removed with the one that it was merged into.
      if (!removed.ok && removed.status !== 404) throw new Error(`Project ${id}: ${removed.status}`)
    }
    const board = () => fetch(url).then((response) => response.text())
    await expect.poll(board, { message: 'the board' }).not.toContain('data-agent-session')
  }

  /** State of each session of this project, as the database has it. */
  async storedStates(): Promise<Record<string, string>> {
    const rows = await this.sql<{ session_id: string; state: string }>(
      `SELECT session_id, state FROM agents JOIN projects ON projects.id = project_id
       WHERE projects.name = $1 AND parent_id IS NULL`,
      [this.project],
    )
    return Object.fromEntries(rows.map((row) => [row.session_id, row.state]))
  }
}

/** What can be seen on a page. */
export class Board {
  constructor(readonly page: Page) {}

  async open(url: string): Promise<void> {
    await this.page.goto(url)
    await this.expectConnection('connected')
  }

  card(session: string): Locator {
    return this.page.locator(`[data-agent-session="${session}"]`)
  }

  async expectState(session: string, state: string): Promise<void> {
    await expect(this.card(session)).toHaveAttribute('data-state', state)
  }

  async expectConnection(status: string, timeout = 20_000): Promise<void> {
    await expect(this.page.locator('#connection')).toHaveAttribute('data-status', status, {
      timeout,
    })
  }

  feedRows(): Locator {
    return this.page.locator('#feed-rows [data-event-id]')
  }

  feedIds(): Promise<number[]> {
    return this.feedRows().evaluateAll((rows) =>
      rows.map((row) => Number(row.getAttribute('data-event-id'))),
    )
  }

  /** State of every session on the page. */
  states(): Promise<Record<string, string>> {
    return this.page
      .locator('[data-agent-session]')
      .evaluateAll((cards) =>
        Object.fromEntries(
          cards.map((card) => [
            card.getAttribute('data-agent-session') ?? '',
            card.getAttribute('data-state') ?? '',
          ]),
        ),
      )
  }
}

interface Options {
  /** What the browser may complain about in a test that causes it: a server that is away. */
  expectedErrors: RegExp | null
}

interface Fixtures {
  /** Beside the projects of the tests before it, on the Muster of the worker. */
  fleet: Fleet
  board: Board
  /** On the Muster of the worker, which holds nothing else, and may be killed and started again. */
  emptyFleet: Fleet
  /** On a Muster of the test's own, whose log is as long as the test has made it. */
  ownFleet: Fleet
  secondBoard: Board
}

export const test = base.extend<Fixtures & Options, { muster: MusterProcess }>({
  expectedErrors: [null, { option: true }],
  launchOptions: async ({ launchOptions }, use) => {
    const executablePath = process.env.MUSTER_BROWSER
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    await use({
      ...launchOptions,
      ...(executablePath && { executablePath }),
      args: [...sandbox, '--disable-background-networking', '--disable-component-update'],
      // Playwright switches the back/forward cache off; people have it on.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    })
  },
  muster: [
    async ({}, use) => {
      const muster = await MusterProcess.start()
      await use(muster)
      await muster.dispose()
    },
    { scope: 'worker' },
  ],
  fleet: async ({ muster }, use) => use(new Fleet(muster)),
  emptyFleet: async ({ muster }, use) => {
    const fleet = new Fleet(muster)
    await fleet.empty()
    await use(fleet)
  },
  ownFleet: async ({ page }, use) => {
    const muster = await MusterProcess.start()
    await use(new Fleet(muster))
    // A page that is still open would complain that its server is gone.
    await page.close()
    await muster.dispose()
  },
  page: async ({ page, expectedErrors }, use) => {
    const errors = watchErrors(page, expectedErrors)
    await use(page)
    expect(errors, 'errors on the console').toEqual([])
  },
  board: async ({ page }, use) => use(new Board(page)),
  secondBoard: async ({ browser, expectedErrors }, use) => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const errors = watchErrors(page, expectedErrors)
    await use(new Board(page))
    await context.close()
    expect(errors, 'errors on the console').toEqual([])
  },
})

function watchErrors(page: Page, expected: RegExp | null): string[] {
  const errors: string[] = []
  const add = (text: string) => {
    if (!expected?.test(text)) errors.push(text)
  }
  page.on('pageerror', (error) => add(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') add(message.text())
  })
  return errors
}
