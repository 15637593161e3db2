import type { NewToken } from '../../src/access/tokens'
import { TOKEN } from './login'
import { startTestMuster, type TestMuster } from './muster'

export interface TestToken {
  readonly id: string
  readonly text: string
  /** What a program sends. */
  readonly headers: { Authorization: string }
}

let made = 0

/** Makes a token as an administrator does; with all rights, for everything, unless told otherwise. */
export async function makeToken(
  { services }: TestMuster,
  wanted: Partial<NewToken> = {},
): Promise<TestToken> {
  const token = await services.access.tokens.create(
    {
      name: `token ${++made}`,
      may: ['admin'],
      projectIds: null,
      expiresInSeconds: null,
      ...wanted,
    },
    'test',
  )
  return { ...token, headers: { Authorization: `Bearer ${token.text}` } }
}

/** The id of a project, by its name. */
export async function projectIdOf(muster: TestMuster, name: string): Promise<number> {
  const { rows } = await muster.sql('SELECT id FROM projects WHERE name = $1', [name])
  if (rows.length === 0) throw new Error(`There is no project ${name}`)
  return Number(rows[0].id)
}

export type TokenStage = Awaited<ReturnType<typeof startTokenStage>>
export type Headers = Readonly<Record<string, string>>

/** A Muster with a token and two projects, `mine` and `theirs`, and what programs ask of it. */
export async function startTokenStage() {
  const muster = await startTestMuster({
    MUSTER_TOKEN: TOKEN,
    MUSTER_WRONG_TOKENS_PER_MINUTE: '1000',
  })
  await muster.report(
    { type: 'noted', project: 'mine', agent: 'mender' },
    { type: 'noted', project: 'theirs', agent: 'painter', state: 'processing' },
  )
  const post = (path: string, headers: Headers, body: object) =>
    muster.fetch(path, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
  return {
    muster,
    mine: await projectIdOf(muster, 'mine'),
    read: (headers: Headers, path = '/api/events/history') => muster.fetch(path, { headers }),
    send: (headers: Headers, ...reports: object[]) => post('/api/events', headers, reports),
    hook: (headers: Headers, cwd: string, session: string) =>
      post('/hooks/claude-code', headers, {
        session_id: session,
        hook_event_name: 'SessionStart',
        cwd,
      }),
    async counts() {
      const { rows } = await muster.sql(
        `SELECT (SELECT count(*) FROM events WHERE type NOT LIKE 'access.%')::int AS events,
           (SELECT count(*) FROM projects)::int AS projects,
           (SELECT count(*) FROM agents)::int AS agents`,
      )
      return rows[0]
    },
  }
}

/** A report about a project. */
export function note(project: string, more = {}) {
  return { type: 'noted', project, ...more }
}
