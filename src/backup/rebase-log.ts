import type pg from 'pg'

/**
 * Moves the log to ids that nobody has seen: past `givenOut`, past every row, and past the present
 * Unix time in milliseconds. Then writes a first row there, and declares that whatever was before it
 * is no place to go on from: readers who saw rows that are gone now must not go on in silence.
 * Returns the id of the new row.
 */
export async function rebaseLog(
  client: pg.Client,
  { givenOut, summary, data }: { givenOut: number; summary: string; data: object },
): Promise<number> {
  const { rows } = await client.query<{ first: number }>(
    `SELECT greatest($1::bigint + 1, (SELECT max(id) + 1 FROM events),
       floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS first`,
    [givenOut],
  )
  const first = rows[0]?.first ?? 0
  await client.query(`SELECT setval(pg_get_serial_sequence('events', 'id'), $1, false)`, [first])
  await client.query('UPDATE log_floor SET trimmed_through = $1', [first - 1])
  await client.query(
    `INSERT INTO events (type, summary, data) VALUES ('log_restored', $1, $2::jsonb)`,
    [summary, JSON.stringify(data)],
  )
  return first
}
