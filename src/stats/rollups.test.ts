import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { projectOf, prompted, reportOf } from '../../test/support/report'
import { clearDemo } from '../fleet/demo-data'

let fleet: TestFleet

beforeEach(async () => {
  fleet = await createTestFleet()
})
afterEach(() => fleet.end())

/** Each rollup, and the same counted from the rows themselves. */
const RECOUNTS: readonly [string, string][] = [
  [
    'SELECT minute, project_id, type, count FROM event_counts',
    `SELECT date_trunc('minute', at) AS minute, coalesce(project_id, 0) AS project_id,
       type COLLATE "C" AS type, count(*) FROM events GROUP BY 1, 2, 3`,
  ],
  [
    'SELECT quarter, project_id, type, count FROM event_quarters',
    `SELECT date_bin('15 minutes', at, 'epoch') AS quarter, coalesce(project_id, 0) AS project_id,
       type COLLATE "C" AS type, count(*) FROM events GROUP BY 1, 2, 3`,
  ],
  [
    'SELECT project_id, type, count FROM event_totals',
    `SELECT coalesce(project_id, 0) AS project_id, type COLLATE "C" AS type, count(*)
     FROM events GROUP BY 1, 2`,
  ],
  [
    `SELECT project_id, agent_id, model, input_tokens::float8, output_tokens::float8,
       cost_usd::float8 FROM usage_totals`,
    `SELECT coalesce(project_id, 0) AS project_id, coalesce(agent_id, 0) AS agent_id,
       coalesce(data->>'model', '') COLLATE "C" AS model,
       sum(coalesce((data->>'input_tokens')::numeric, 0))::float8 AS input_tokens,
       sum(coalesce((data->>'output_tokens')::numeric, 0))::float8 AS output_tokens,
       sum(coalesce((data->>'cost_usd')::numeric, 0))::float8 AS cost_usd
     FROM events WHERE type = 'usage_reported' GROUP BY 1, 2, 3, data->>'source'`,
  ],
]

async function expectRecounted(): Promise<void> {
  for (const [rollup, recount] of RECOUNTS) {
    const [kept, counted] = await Promise.all(
      [rollup, recount].map((text) => fleet.query(`${text} ORDER BY 1, 2, 3`)),
    )
    expect(kept, rollup).toEqual(counted)
    expect(kept?.length, rollup).toBeGreaterThan(0)
  }
}

function anyReport(n: number) {
  return reportOf({
    project: `p${n % 5}`,
    session: `s${n % 11}`,
    type: `type_${n % 7}`,
    ...(n % 3 === 0 && { signal: prompted(`prompt ${n}`) }),
  })
}

/** As somebody with psql would, with times of today and of yesterday. */
const BY_HAND = `
  INSERT INTO events (at, type, data)
  SELECT clock_timestamp() - random() * interval '30 hours',
    CASE n % 3 WHEN 0 THEN 'usage_reported' ELSE 'by_hand_' || n % 4 END,
    jsonb_build_object('model', 'm' || n % 2, 'input_tokens', n, 'output_tokens', n * 2,
      'cost_usd', n / 100.0)
  FROM generate_series(1, 200) AS n`

test('every rollup equals a count of the rows, whoever inserted them', async () => {
  const other = fleet.another()
  const clients = await Promise.all([fleet.psql(), fleet.psql()])
  await Promise.all([
    ...Array.from({ length: 60 }, (_, n) =>
      (n % 2 === 0 ? fleet.recorder : other).record([anyReport(n), anyReport(n * 7)], 1),
    ),
    ...clients.map((client) => client.query(BY_HAND)),
  ])
  await expectRecounted()
})

test('an insert that is rolled back counts nowhere', async () => {
  const client = await fleet.psql()
  await client.query(BY_HAND)
  await client.query(`BEGIN; INSERT INTO events (type) VALUES ('taken_back'); ROLLBACK`)
  await expectRecounted()
})

test('what cannot be a figure counts as none and never stops the log', async () => {
  const client = await fleet.psql()
  const data = { input_tokens: 'many', output_tokens: -4, cost_usd: 1e300, model: 'x'.repeat(999) }
  await client.query(`INSERT INTO events (type, data) VALUES ('usage_reported', $1)`, [data])
  await client.query(`INSERT INTO events (at, type) VALUES ('infinity', 'usage_reported')`)
  expect(
    await fleet.query(`SELECT sum(input_tokens + output_tokens + cost_usd)::float8 AS sum,
      max(length(model)) AS longest FROM usage_totals`),
  ).toEqual([{ sum: 0, longest: 200 }])
})

test('a project that is removed leaves nothing in the rollups', async () => {
  await fleet.recorder.record([anyReport(1)], 1)
  const demo = projectOf('demo', 'repository:demo://muster/demo')
  await fleet.recorder.record([reportOf({ project: demo, session: 'demo' })], 1)
  const rows = `SELECT (SELECT count(*) FROM event_totals) AS totals,
    (SELECT count(*) FROM event_quarters) AS quarters`
  const [before] = await fleet.query<{ totals: number; quarters: number }>(rows)
  await clearDemo(fleet.db, 'user:1')
  const [after] = await fleet.query<{ totals: number; quarters: number }>(rows)
  // Its three types went, and the row that tells of it came.
  expect(after).toEqual({
    totals: (before?.totals ?? 0) - 2,
    quarters: (before?.quarters ?? 0) - 2,
  })
})
