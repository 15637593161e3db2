import pg from 'pg'

/** Texts that a format of lines and columns could stumble over. */
const TRICKY = ['a\tb\nc\rd', '\\N', '\\.', '', '\u2028“🐚”\u0001', 'it\'s \\ "quoted" {,}', ' ']

/** Fills every table of the fleet and the log with rows of all kinds, at any version of the schema. */
export async function fillTables(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query(
      `SELECT attname FROM pg_attribute
       WHERE attrelid = 'agents'::regclass AND attname IN ('heard_at', 'last_seen_at')`,
    )
    for (const [index, text] of TRICKY.entries()) {
      const project = await client.query(
        `INSERT INTO projects (key, slug, name, host, path) VALUES ($1, $2, $3, $4, $3) RETURNING id`,
        [`key ${index} ${text}`, `slug-${index}`, text, index % 2 ? text : null],
      )
      const projectId = project.rows[0].id
      const agent = await client.query(
        `INSERT INTO agents (project_id, parent_id, continues_id, reporter, key, session_id, name,
           ${rows[0].attname}, state, state_since, confirmed_at, confirmed_by, overlays, memory)
         VALUES ($1, (SELECT max(id) FROM agents), (SELECT min(id) FROM agents), 'test', $2, 's', $3,
           '2026-01-02 03:04:05.678901+00', 'idle', 'infinity', now(), 'hook', $4, $5) RETURNING id`,
        [
          projectId,
          `agent ${index}`,
          text,
          [text, 'b'],
          JSON.stringify({ text: [text, 1.5, null] }),
        ],
      )
      const agentId = agent.rows[0].id
      await client.query(
        `INSERT INTO turns (id, agent_id, opened_at, error, prompt)
         VALUES (gen_random_uuid(), $1, now(), $2, $2)`,
        [agentId, text],
      )
      await client.query('INSERT INTO report_keys (project_id, key) VALUES ($1, $2)', [
        projectId,
        `report ${text}`,
      ])
      await client.query(
        `INSERT INTO events (type, project_id, agent_id, turn_id, actor_id, summary, data)
         VALUES ('note', $1, $2, gen_random_uuid(), $3, $3, $4)`,
        [projectId, agentId, text, JSON.stringify({ text, deep: { list: [text] } })],
      )
    }
  })
}

/** A debate in each project that `fillTables` has made; older databases have no tables for them. */
export async function fillDebates(url: string): Promise<void> {
  await withClient(url, (client) =>
    client.query(
      `WITH debate AS (
         INSERT INTO debates (id, project_id, title, status, phase, speaker, created_at)
         SELECT gen_random_uuid(), id, name, 'active', 'phase_1_opening', 'pro', now()
         FROM projects RETURNING *),
       side AS (
         INSERT INTO debate_sides (debate_id, speaker, position, agent_id)
         SELECT debate.id, 'pro', debate.title, agents.id FROM debate JOIN agents USING (project_id))
       INSERT INTO debate_entries (event_id, debate_id, at, type, data)
       SELECT project_id, id, now(), 'utterance', jsonb_build_object('content', title) FROM debate`,
    ),
  )
}

/** Every row of every table as text, in an order that does not depend on where it is stored. */
export async function allRows(url: string): Promise<Record<string, string[]>> {
  return withClient(url, async (client) => {
    const tables = await client.query<{ name: string }>(
      `SELECT relname::text AS name FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
    )
    const found: Record<string, string[]> = {}
    for (const { name } of tables.rows) {
      const of = pg.escapeIdentifier(name)
      const { rows } = await client.query(`SELECT t::text AS row FROM ${of} AS t ORDER BY 1`)
      found[name] = rows.map(({ row }) => row)
    }
    return found
  })
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
