/**
 * SQL that fills the tables with `$1` sessions, of which the session number n is in the project
 * number n modulo `$2`, last changed n milliseconds before now: the first is the newest. Every
 * thousandth waits for a human, and every hundredth works.
 */
export const CROWD = [
  `INSERT INTO projects (key, slug, name)
    SELECT 'crowd ' || n, 'crowd-' || n, 'Crowd ' || n FROM generate_series(0, $2::int - 1) AS n`,
  `INSERT INTO agents (project_id, reporter, key, session_id, name, title, discovered_at, last_seen_at,
      state, state_since, confirmed_at, confirmed_by, due_at, memory)
    SELECT projects.id, 'test', 'crowd/' || n, 'crowd-' || n, 'Agent ' || n, 'Tidy up number ' || n,
      at, at, state, at, at, 'hook',
      now() + interval '2 minutes', jsonb_build_object('key', 'crowd/' || n, 'isChild', false,
        'state', state, 'ended', null, 'turn', null, 'closedPrompts', '[]'::jsonb, 'turnCount', 1,
        'tools', '[]'::jsonb, 'background', '[]'::jsonb, 'children', '{}'::jsonb,
        'compacting', false, 'failures', '[]'::jsonb, 'repeated', null, 'silence', null,
        'stuckReason', null, 'mayWantAnswer', false, 'reported', state, 'reportedAt', ms,
        'seen', false, 'lastPrompt', 'Tidy up number ' || n, 'lastMessage', repeat('Done. ', 20),
        'lastSeenAt', ms, 'asks', CASE WHEN state = 'awaiting_input' THEN jsonb_build_array(
          jsonb_build_object('key', 'a', 'kind', 'permission', 'toolKey', null, 'toolName', 'Bash',
            'summary', 'rm -rf build', 'openedAt', ms, 'fromNotice', false, 'escalated', false))
          ELSE '[]'::jsonb END)
    FROM generate_series(1, $1::int) AS n
      JOIN projects ON projects.key = 'crowd ' || (n % $2::int),
      LATERAL (SELECT date_trunc('milliseconds', now()) - n * interval '1 ms' AS at) AS time,
      LATERAL (SELECT floor(extract(epoch FROM at) * 1000)::bigint AS ms) AS times,
      LATERAL (SELECT CASE WHEN n % 1000 = 0 THEN 'awaiting_input' WHEN n % 100 = 0 THEN 'processing'
        WHEN n % 2 = 0 THEN 'complete' ELSE 'idle' END AS state) AS states
    ORDER BY n`,
]
