import pg from 'pg'

/** The newest day is the same in every database: what differs is how much came before it. */
const RECENT = 10_000
const DAYS = 80
/** Sessions that report by turns; the newest of them are live. */
const CONCURRENT = 60
const EVENTS_A_SESSION = 50
/** Rows with a word that is rare everywhere: as many in every database, all over the log. */
const SPREAD = 40
const BATCH = 250_000
export const PROJECTS = 20
export const TYPES = 12
export const STATES = ['processing', 'awaiting_input', 'complete', 'commanded', 'errored']

interface FillOptions {
  readonly url: string
  readonly events: number
  readonly tell: (message: string) => void
}

/**
 * Fills a database that Muster has made, and in which one session has reported, with events of 80 days
 * and with the sessions, turns, rollups and words that belong to them. Some values are nearly everywhere,
 * others stand in the oldest rows only: the project `p-rare`, the type `rare.type`, the state `idle`.
 */
export async function fill({ url, events, tell }: FillOptions): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const step = async (what: string, ...statements: string[]) => {
    const begun = performance.now()
    for (const statement of statements) await client.query(statement)
    tell(`${what} (${((performance.now() - begun) / 1_000).toFixed(1)} s)`)
  }
  try {
    await client.query(`SET synchronous_commit = off; SET maintenance_work_mem = '512MB';
      SET work_mem = '256MB'; CREATE TEMP TABLE filling AS SELECT
        (SELECT first_id FROM log_floor) AS base, ${events}::bigint AS total, now() AS now,
        (SELECT max(id) FROM agents) AS template`)
    const indexes = await dropIndexes(client, ['events', 'event_search', 'turns'])
    await step('projects and sessions', TRUNCATE, INSERT_PROJECTS, insertSessions(events))
    await client.query('ALTER TABLE events DISABLE TRIGGER USER')
    for (let from = 0; from < events; from += BATCH) {
      const to = Math.min(events, from + BATCH)
      await step(`events up to ${to.toLocaleString('en')}`, insertEvents(from, to))
    }
    await client.query('ALTER TABLE events ENABLE TRIGGER USER')
    await step('turns', INSERT_TURNS)
    for (const [index, rollup] of ROLLUPS.entries()) await step(`rollup ${index + 1}`, rollup)
    await step('words', INSERT_WORDS)
    for (const index of indexes) await step(`index ${/INDEX (\w+)/.exec(index)?.[1]}`, index)
    await step('statistics', 'VACUUM ANALYZE')
  } finally {
    await client.end()
  }
}

async function dropIndexes(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ indexname: string; indexdef: string }>(
    `SELECT indexname, indexdef FROM pg_indexes
     WHERE tablename = ANY($1) AND schemaname = current_schema() AND indexname NOT LIKE '%_pkey'`,
    [tables],
  )
  for (const { indexname } of rows) await client.query(`DROP INDEX ${indexname}`)
  return rows.map(({ indexdef }) => indexdef)
}

const TRUNCATE = `TRUNCATE events, turns, event_search, event_counts, event_quarters, event_totals`

const INSERT_PROJECTS = `INSERT INTO projects (key, slug, name)
  SELECT 'bench/' || n, CASE WHEN n = ${PROJECTS} THEN 'p-rare' ELSE 'p-' || n END, 'Project ' || n
  FROM generate_series(1, ${PROJECTS}) AS n`

/** Session 0 alone is of the rare project; session 1 reports every tenth event. */
function insertSessions(events: number): string {
  const sessions = Math.ceil(events / (CONCURRENT * EVENTS_A_SESSION)) * CONCURRENT
  const firstLive = sessions - CONCURRENT
  return `
    INSERT INTO agents (project_id, reporter, key, session_id, name, last_seen_at, state, state_since,
      confirmed_at, confirmed_by, memory, discovered_at)
    SELECT projects.id, reporter, 'bench/' || number, 'session-' || number, 'Session ' || number,
      heard, own.state, heard, heard, 'report',
      memory || jsonb_build_object('key', 'bench/' || number, 'state', own.state, 'heardAt', ms)
        || CASE WHEN is_live THEN '{}' ELSE
          jsonb_build_object('ended', jsonb_build_object('reason', 'done', 'at', ms)) END,
      heard - interval '1 hour'
    FROM generate_series(0, ${sessions - 1}) AS number, filling
      JOIN agents AS template ON template.id = filling.template,
      LATERAL (SELECT number >= ${firstLive} AS is_live,
        CASE WHEN number >= ${firstLive} THEN template.state ELSE 'ended' END AS state,
        CASE WHEN number >= ${firstLive} THEN now ELSE now - interval '1 day'
          - interval '${DAYS - 1} days' * (1 - number / ${sessions}.0) END AS heard) AS own,
      LATERAL (SELECT floor(extract(epoch FROM heard) * 1000)::bigint AS ms) AS clock,
      projects
    WHERE projects.slug = CASE WHEN number = 0 THEN 'p-rare'
      ELSE 'p-' || 1 + number % ${PROJECTS - 1} END
    ORDER BY number;
    CREATE TEMP TABLE session AS
      SELECT substr(session_id, 9)::bigint AS number, id AS agent_id, project_id
      FROM agents WHERE key LIKE 'bench/%';
    CREATE UNIQUE INDEX ON session (number);
    ANALYZE session`
}

function insertEvents(from: number, to: number): string {
  const states = `(ARRAY[${STATES.map((state) => `'${state}'`).join(', ')}])`
  return `
    INSERT INTO events (id, at, type, project_id, agent_id, turn_id, state, summary, data)
    OVERRIDING SYSTEM VALUE
    SELECT base + n, CASE WHEN n >= total - ${RECENT}
        THEN now - interval '23 hours' * ((total - n) / ${RECENT}.0)
        ELSE now - interval '1 day' - interval '${DAYS - 1} days' * ((total - n) / total::numeric) END,
      CASE WHEN n IN (5, 17, 31) THEN 'rare.type' WHEN n % 20 = 13 THEN 'state_transition'
        ELSE 'type-' || hash % ${TYPES} END,
      project_id, agent_id, md5(number || ' ' || n / 30000)::uuid,
      CASE WHEN n IN (3, 11, 29) THEN 'idle'
        ELSE ${states}[1 + (hash >> 8) % ${STATES.length}] END,
      'Edited word' || hash % 50000 || ' in the harbour'
        || CASE WHEN n IN (7, 19) THEN ' seldomword' ELSE '' END
        || CASE WHEN n % (total / ${SPREAD}) = 0 THEN ' spreadword' ELSE '' END,
      jsonb_build_object('n', n, 'tool', 'Edit') || CASE WHEN n % 20 = 13
        THEN '{"from_state": "processing", "to_state": "awaiting_input"}'::jsonb ELSE '{}' END
    FROM filling, generate_series(${from}::bigint, ${to - 1}::bigint) AS n
      JOIN session ON session.number = CASE WHEN n % 10 = 7 THEN 1
        ELSE n / ${CONCURRENT * EVENTS_A_SESSION} * ${CONCURRENT} + n % ${CONCURRENT} END,
      LATERAL (SELECT hashint8(n) & 2147483647 AS hash) AS hashed
    ORDER BY n`
}

const INSERT_TURNS = `
  INSERT INTO turns (id, agent_id, opened_at, closed_at, outcome, prompt)
  SELECT turn_id, min(agent_id), min(at), max(at), 'complete', 'Go on' FROM events
  WHERE turn_id IS NOT NULL GROUP BY turn_id ORDER BY min(at)`

/** In the order of their time, as the log itself writes them: a day lies together on the disk. */
const ROLLUPS = [
  `INSERT INTO event_counts SELECT date_trunc('minute', at), coalesce(project_id, 0), type, count(*)
    FROM events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  `INSERT INTO event_quarters
    SELECT date_bin('15 minutes', minute, 'epoch'), project_id, type, sum(count)
    FROM event_counts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  `INSERT INTO event_totals SELECT project_id, type, sum(count) FROM event_counts GROUP BY 1, 2`,
  `SELECT setval(pg_get_serial_sequence('events', 'id'), (SELECT max(id) FROM events))`,
]

/** The same as the reader of the log writes, without a look for words where there are none. */
const INSERT_WORDS = `
  INSERT INTO event_search SELECT id, event_words(events) FROM events ORDER BY id;
  UPDATE event_search_position SET indexed_through = (SELECT max(id) FROM events)`
