import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectPath } from '../../src/config/project-path'
import { sharedMuster, type TestMuster } from '../support/muster'
import { metricsBody, recordBody } from '../support/otlp'

const fixture = readFileSync(projectPath('test/fixtures/otlp-logs.json'), 'utf8')
let muster: TestMuster

beforeAll(async () => {
  muster = await sharedMuster()
})
afterAll(() => muster.stop())

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  muster.fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body as RequestInit['body'],
  })
const send = async (path: string, body: object) => {
  const answer = await post(path, JSON.stringify(body))
  expect([answer.status, await answer.json()]).toEqual([200, { partialSuccess: {} }])
}
const hook = async (session: string, event: string, more: object = {}) => {
  const body = { session_id: session, hook_event_name: event, cwd: '/srv/otlp', ...more }
  expect((await post('/hooks/claude-code', JSON.stringify(body))).status).toBe(200)
}
const usageOf = async (session: string) => {
  const { rows } = await muster.sql(
    `SELECT coalesce(sum(input_tokens), 0)::float8 AS input, coalesce(sum(cost_usd), 0)::float8 AS cost
     FROM usage_totals_deduplicated JOIN agents ON agents.id = agent_id WHERE session_id = $1`,
    [session],
  )
  return rows[0]
}
const stateOf = async (session: string) => {
  const { rows } = await muster.sql('SELECT state FROM agents WHERE session_id = $1', [session])
  return rows[0]?.state
}

describe('usage', () => {
  it('counts once for the agent of the hooks, however often it is sent', async () => {
    await hook('s-otlp', 'UserPromptSubmit', { prompt: 'go', prompt_id: 'p-1' })
    for (let n = 0; n < 3; n++) {
      const answer = await post('/v1/logs', fixture)
      expect([answer.status, await answer.text()]).toEqual([200, '{"partialSuccess":{}}'])
    }
    expect(await usageOf('s-otlp')).toEqual({ input: 1200, cost: 0.0525 })
    expect(await stateOf('s-otlp')).toBe('processing')
    const { rows } = await muster.sql(
      `SELECT type, projects.path FROM events JOIN projects ON projects.id = project_id
       WHERE type LIKE 'otel_%' OR type = 'usage_reported' ORDER BY type`,
    )
    expect(rows).toEqual(
      ['otel_something_new', 'otel_user_prompt', 'usage_reported'].map((type) => ({
        type,
        path: '/srv/otlp',
      })),
    )
  })

  it('counts once where requests and sums tell of the same, in either order', async () => {
    const sums = (time: string) => {
      const points = [
        ['claude_code.token.usage', 700, { type: 'input', 'session.id': 's-both' }],
        ['claude_code.cost.usage', 3, { 'session.id': 's-both' }],
      ] as const
      return metricsBody(points, 1, time)
    }
    await hook('s-both', 'SessionStart', { source: 'startup' })
    await send('/v1/metrics', sums('1789552860000000000'))
    await send('/v1/metrics', sums('1789552860000000000'))
    expect(await usageOf('s-both')).toEqual({ input: 700, cost: 3 })
    const request = { 'session.id': 's-both', request_id: 'r1', input_tokens: 900, cost_usd: 4 }
    await send('/v1/logs', recordBody('api_request', request))
    await send('/v1/metrics', sums('1789552920000000000'))
    expect(await usageOf('s-both')).toEqual({ input: 900, cost: 4 })
  })

  it('of a session that nobody knows counts for a project of its own', async () => {
    const request = { 'session.id': 's-unknown', request_id: 'r2', input_tokens: 50 }
    await send('/v1/logs', recordBody('api_request', request))
    expect(await stateOf('s-unknown')).toBe(undefined)
    const { rows } = await muster.sql(
      `SELECT agent_id::int, input_tokens::float8 AS input FROM usage_totals_deduplicated
       JOIN projects ON projects.id = project_id WHERE projects.name = 'Claude Code telemetry'`,
    )
    expect(rows).toEqual([{ agent_id: 0, input: 50 }])
  })

  it('of a session with a project in its settings registers it there', async () => {
    const told = {
      'session.id': 's-told',
      request_id: 'r3',
      input_tokens: 5,
      'muster.project': '/srv/told',
    }
    await send('/v1/logs', recordBody('api_request', told))
    expect(await usageOf('s-told')).toEqual({ input: 5, cost: 0 })
  })

  it('of a program’s report is a row of its own, once', async () => {
    const report = {
      type: 'step',
      project: 'p',
      agent: 'a program',
      dedupe_key: 'once',
      usage: { model: 'small', input_tokens: 10, cost_usd: 0.5, note: 'kept' },
    }
    for (let n = 0; n < 2; n++) await muster.report(report)
    expect(await usageOf('a program')).toEqual({ input: 10, cost: 0.5 })
    const { rows } = await muster.sql(
      `SELECT type, data FROM events WHERE type IN ('step', 'usage_reported')
       AND agent_id = (SELECT id FROM agents WHERE session_id = 'a program') ORDER BY id`,
    )
    expect(rows).toEqual([
      { type: 'step', data: { usage: { note: 'kept' } } },
      {
        type: 'usage_reported',
        data: expect.objectContaining({ model: 'small', source: 'report' }),
      },
    ])
  })

  it.each([-1, '12', 1e13])('of %j tokens is refused by its field', async (input_tokens) => {
    const answer = await post(
      '/api/events',
      JSON.stringify([{ type: 'step', project: 'p', usage: { input_tokens } }]),
    )
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ field: 'usage.input_tokens', index: 0 })
  })
})

describe('what a person decides in the terminal', () => {
  const waiting = async (session: string) => {
    const tool = { tool_name: 'Bash', tool_input: { command: 'ls' }, prompt_id: `${session}-p` }
    await hook(session, 'UserPromptSubmit', { prompt: 'go', prompt_id: `${session}-p` })
    await hook(session, 'PreToolUse', { ...tool, tool_use_id: `${session}-t` })
    await hook(session, 'PermissionRequest', tool)
    expect(await stateOf(session)).toBe('awaiting_input')
  }
  const decide = (session: string, decision: string, source: string, more: object = {}) =>
    send(
      '/v1/logs',
      recordBody('tool_decision', {
        'session.id': session,
        'prompt.id': `${session}-p`,
        tool_name: 'Bash',
        tool_use_id: `${session}-t`,
        decision,
        source,
        ...more,
      }),
    )

  it('closes the ask', async () => {
    await waiting('d-accept')
    await decide('d-accept', 'accept', 'user_temporary')
    expect(await stateOf('d-accept')).toBe('processing')
  })

  it('closes the ask and the call where it was refused', async () => {
    await waiting('d-reject')
    await decide('d-reject', 'reject', 'user_reject')
    expect(await stateOf('d-reject')).toBe('processing')
    const { rows } = await muster.sql(
      `SELECT memory->'tools' AS tools FROM agents WHERE session_id = 'd-reject'`,
    )
    expect(rows[0].tools).toEqual([])
  })

  it('ends the turn where it was broken off', async () => {
    await waiting('d-abort')
    await decide('d-abort', 'reject', 'user_abort')
    expect(await stateOf('d-abort')).toBe('idle')
  })

  it('is about the call that it names and no other', async () => {
    await waiting('d-other')
    await decide('d-other', 'accept', 'config', { tool_use_id: 'another' })
    expect(await stateOf('d-other')).toBe('awaiting_input')
    await decide('d-other', 'accept', 'user_temporary')
    expect(await stateOf('d-other')).toBe('processing')
  })

  it('comes late, and changes nothing that is over', async () => {
    await waiting('d-late')
    await hook('d-late', 'Stop', { last_assistant_message: 'Done.', prompt_id: 'd-late-p' })
    await decide('d-late', 'reject', 'user_abort')
    await send(
      '/v1/logs',
      recordBody('api_request', {
        'session.id': 'd-late',
        'prompt.id': 'd-late-p',
        request_id: 'l',
      }),
    )
    expect(await stateOf('d-late')).toBe('complete')
    await hook('d-late', 'SessionEnd', { reason: 'logout' })
    await send(
      '/v1/logs',
      recordBody('api_request', { 'session.id': 'd-late', 'prompt.id': 'new' }),
    )
    expect(await stateOf('d-late')).toBe('ended')
  })
})

describe('the door', () => {
  it('says how to send JSON to who sends protobuf', async () => {
    const refused = await post('/v1/logs', 'x', { 'Content-Type': 'application/x-protobuf' })
    expect(refused.status).toBe(415)
    expect(await refused.json()).toEqual({
      error: expect.stringContaining('OTEL_EXPORTER_OTLP_PROTOCOL=http/json'),
    })
  })

  it('takes what gzip has packed, and no bomb', async () => {
    const packed = (text: string) =>
      post('/v1/logs', gzipSync(text), { 'Content-Encoding': 'gzip' })
    expect((await packed('{"resourceLogs":[]}')).status).toBe(200)
    expect((await packed(`{"resourceLogs":[]${' '.repeat(8_000_000)}}`)).status).toBe(413)
    const broken = await post('/v1/logs', '{"resourceLogs":[]}', { 'Content-Encoding': 'gzip' })
    expect(broken.status).toBe(400)
    const other = await post('/v1/logs', '{}', { 'Content-Encoding': 'br' })
    expect(other.status).toBe(415)
  })

  it('counts what it could not take', async () => {
    const sums = metricsBody([['claude_code.cost.usage', 1, {}]], 2)
    const answer = await post('/v1/metrics', JSON.stringify(sums))
    expect(await answer.json()).toEqual({
      partialSuccess: {
        rejectedDataPoints: '1',
        errorMessage: expect.stringContaining('TEMPORALITY_PREFERENCE=delta'),
      },
    })
  })

  it('refuses what is no OTLP', async () => {
    const refused = await post('/v1/logs', '{"logs":[]}')
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ field: 'resourceLogs' })
  })
})
