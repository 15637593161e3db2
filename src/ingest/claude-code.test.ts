import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BadInput } from '../errors/app-error'
import { parseClaudeCodeHook } from './claude-code'

const BASE = { session_id: 'session-1', cwd: '/srv/code/orchard-map', prompt_id: 'prompt-1' }
const TYPE = /^[a-z][a-z0-9_.-]{0,63}$/

function parse(event: unknown, fields: object = {}, host: string | null = null) {
  return parseClaudeCodeHook({ ...BASE, hook_event_name: event, ...fields }, { host })
}

const bash = {
  tool_name: 'Bash',
  tool_input: { command: 'npm run\nrender' },
  tool_use_id: 'tool-1',
}

describe('the row of the log', () => {
  test.each<[string, object, string, object]>([
    [
      'UserPromptSubmit',
      { prompt: 'Sort it' },
      'turn_detected',
      { actor: 'user', text: 'Sort it' },
    ],
    [
      'UserPromptSubmit',
      { prompt: '<task-notification>\n</task-notification>' },
      'turn_detected',
      { actor: 'agent', intent: 'progress' },
    ],
    [
      'Stop',
      { last_assistant_message: 'Sorted.' },
      'turn_detected',
      { actor: 'agent', intent: 'completion', text: 'Sorted.' },
    ],
    ['Stop', { last_assistant_message: 'Shall I?' }, 'turn_detected', { intent: 'question' }],
    ['Stop', {}, 'hook_stop', {}],
    ['PermissionRequest', bash, 'ask_opened', { ask: 'permission', tool_name: 'Bash' }],
    ['PreToolUse', bash, 'tool_started', { tool_name: 'Bash', tool_use_id: 'tool-1' }],
    ['PostToolUse', { ...bash, duration_ms: 7 }, 'tool_finished', { duration_ms: 7 }],
    ['PostToolUseFailure', { ...bash, error: 'no' }, 'tool_failed', { error: 'no' }],
    ['SubagentStart', { agent_id: 'kid', agent_type: 'Explore' }, 'subagent_started', {}],
    ['SubagentStop', { agent_id: 'kid' }, 'subagent_finished', {}],
    [
      'SessionEnd',
      { reason: 'clear' },
      'session_ended',
      { reason: 'clear', session_uuid: 'session-1' },
    ],
    [
      'Notification',
      { message: 'Hello', notification_type: 'brand_new' },
      'notification',
      { notification_type: 'brand_new', message: 'Hello' },
    ],
    ['Elicitation', { message: 'Which?' }, 'ask_opened', { ask: 'elicitation' }],
    ['ElicitationResult', { action: 'cancel' }, 'ask_closed', { how: 'cancel' }],
    ['PermissionDenied', { ...bash, reason: 'no' }, 'hook_permission_denied', { reason: 'no' }],
    ['StopFailure', { error: 'overloaded' }, 'hook_stop_failure', { error: 'overloaded' }],
    ['SessionStart', { source: 'startup' }, 'hook_session_start', {}],
    ['UserPromptExpansion', { prompt: '/x' }, 'hook_user_prompt_expansion', {}],
    ['MessageDisplay', {}, 'hook_message_display', {}],
    ['PostToolBatch', { tool_calls: [bash] }, 'hook_post_tool_batch', {}],
    ['MoonPhaseChanged', {}, 'hook_moon_phase_changed', {}],
  ])('%s %j is %s', (event, fields, type, data) => {
    const report = parse(event, fields)
    expect(report.event.type).toBe(type)
    expect(report.event.data).toMatchObject({ ...data, payload: { hook_event_name: event } })
  })

  test.each([
    ['HTTPServerReady', 'hook_http_server_ready'],
    ['', null],
    ['Ünïcode Name!', 'hook_n_code_name'],
    ['…', 'hook_unknown'],
    ['already_snake.case-9', 'hook_already_snake_case_9'],
    [`A${'b'.repeat(150)}`, `hook_a${'b'.repeat(58)}`],
  ])('an event called %j is %s', (event, type) => {
    if (type === null) expect(() => parse(event)).toThrow(BadInput)
    else expect(parse(event).event.type).toBe(type)
  })

  test.each([
    ['PreToolUse', bash, 'Bash: npm run'],
    ['PreToolUse', { tool_name: 'Skill', tool_input: { odd: 'thing' } }, 'Skill: thing'],
    ['PreToolUse', { tool_name: 'Skill', tool_input: 7 }, 'Skill'],
    ['PostToolUseFailure', { ...bash, error: '\nExit 1\nmore' }, 'Bash: npm run: Exit 1'],
    ['UserPromptSubmit', { prompt: '\n  First \u0007line\r\nsecond' }, 'First line'],
    ['Notification', { message: 'Look' }, 'Look'],
    ['MoonPhaseChanged', {}, 'Moon Phase Changed'],
    ['UserPromptSubmit', {}, 'UserPromptSubmit'],
  ])('%s %j reads %s', (event, fields, summary) => {
    expect(parse(event, fields).event.summary).toBe(summary)
  })
})

describe('the meaning', () => {
  test.each([
    ['Claude needs your permission to use Bash', 'permission_prompt'],
    ['Claude Code needs your approval for the plan', 'permission_prompt'],
    ['Claude is waiting for your input', 'idle_prompt'],
  ])('a notification without a type that says %j is %s', (message, type) => {
    expect(parse('Notification', { message }).signal).toMatchObject({ kind: 'notified', type })
  })

  test('a notification’s words name the tool as its calls are named', () => {
    const named = (message: string) => parse('Notification', { message }).signal
    expect(named('Claude needs your permission to use Fetch')).toMatchObject({
      toolNames: ['Fetch', 'WebFetch'],
    })
    expect(named('Claude needs your permission to use soil - take_sample (MCP)')).toMatchObject({
      toolNames: ['mcp__soil__take_sample'],
    })
  })

  test('unknown events and notifications mean nothing', () => {
    expect(parse('MoonPhaseChanged').signal).toEqual({ kind: 'logged' })
    const signal = parse('Notification', { message: 'x', notification_type: 'new' }).signal
    expect(signal).toEqual({ kind: 'logged' })
  })

  test('a call without an id is known by its name and input, whatever the order of its fields', () => {
    const call = (tool_input: object) => {
      const { signal } = parse('PreToolUse', { tool_name: 'Bash', tool_input })
      return signal.kind === 'tool_started' ? signal.tool : null
    }
    expect(call({ a: 1, b: 2 })).toMatchObject({ keyIsHash: true })
    expect(call({ a: 1, b: 2 })).toEqual(call({ b: 2, a: 1 }))
    expect(call({ a: 1 })?.key).not.toBe(call({ a: 2 })?.key)
  })

  test('a permission request has the hash of the call that it is about', () => {
    const started = parse('PreToolUse', bash).signal
    const { tool_use_id: _, ...unnamed } = bash
    const requested = parse('PermissionRequest', unnamed).signal
    if (started.kind !== 'tool_started' || requested.kind !== 'permission_requested') throw started
    expect(requested.tool.hash).toBe(started.tool.hash)
  })

  test.each([
    [{ tool_name: 'Bash', tool_input: {} }, 120_000],
    [{ tool_name: 'Bash', tool_input: { timeout: 5000 } }, 5000],
    [{ tool_name: 'Bash', tool_input: { timeout: 'soon' } }, 120_000],
    [{ tool_name: 'Edit', tool_input: {} }, 20_000],
    [{ tool_name: 'WebFetch', tool_input: {} }, null],
  ])('%j may take %s ms', (fields, limitMs) => {
    expect(parse('PreToolUse', fields).signal).toMatchObject({ tool: { limitMs } })
  })

  test('background tasks that are not told are not the same as none', () => {
    expect(parse('Stop').signal).toMatchObject({ background: null })
    expect(parse('Stop', { background_tasks: [] }).signal).toMatchObject({ background: [] })
    const old = { id: 'k', type: 'shell', status: 'completed' }
    const background_tasks = [{ id: 'j', type: 'shell', command: 'x' }, old, 'odd', null]
    expect(parse('Stop', { background_tasks, session_crons: [{ id: 'c' }] }).signal).toMatchObject({
      background: [{ id: 'j', type: 'shell', description: 'x' }],
    })
  })

  test('the stop of a subagent that an old client does not name says nothing of its parent', () => {
    expect(parse('SubagentStop').signal).toEqual({ kind: 'logged' })
  })
})

describe('agent and project', () => {
  test('a child belongs to its session', () => {
    const { agent } = parse('PreToolUse', { ...bash, agent_id: 'kid', agent_type: 'Explore' })
    expect(agent).toMatchObject({
      key: 'claude-code/session-1/kid',
      parentKey: 'claude-code/session-1',
      sessionId: 'session-1',
      name: 'Explore',
    })
  })

  test('a session has a type without being a child', () => {
    const fields = { agent_type: 'reviewer', model: 'opus', session_title: 'Pears' }
    expect(parse('SessionStart', fields).agent).toMatchObject({
      key: 'claude-code/session-1',
      parentKey: null,
      agentType: 'reviewer',
      model: 'opus',
      title: 'Pears',
    })
  })

  test.each([
    ['/srv/code/orchard-map', 'orchard-map'],
    ['/srv/code/orchard-map/', 'orchard-map'],
    ['C:\\work\\kiln-control', 'kiln-control'],
    ['C:\\', 'C'],
    ['/', '/'],
    [undefined, 'unknown'],
    [42, 'unknown'],
  ])('the project in %j is called %s', (cwd, name) => {
    expect(parse('Stop', { cwd }).project.name).toBe(name)
  })

  test('equal paths on two machines stay apart, and a repository is one everywhere', () => {
    const on = (host: string, more = {}) => parse('Stop', more, host).project.key
    expect(on('attic')).not.toBe(on('cellar'))
    expect(parse('Stop', { host: 'cellar' }, 'attic').project).toMatchObject({ host: 'cellar' })
    const repository = 'git@example.org:pears/orchard.git'
    expect(on('attic', { repository })).toBe(on('cellar', { repository }))
    expect(parse('Stop', { repository }).project.name).toBe('orchard')
  })
})

describe('dedupe keys', () => {
  const keyOf = (event: string, fields: object = {}) => parse(event, fields).dedupeKey

  test('an event of a call counts once for that call', () => {
    expect(keyOf('PreToolUse', bash)).toBe(keyOf('PreToolUse', { ...bash, effort: { level: 'x' } }))
    expect(keyOf('PreToolUse', bash)).not.toBe(keyOf('PostToolUse', bash))
    expect(keyOf('PreToolUse', bash)).not.toBe(keyOf('PreToolUse', { ...bash, tool_use_id: '2' }))
    expect(keyOf('PreToolUse', bash)).not.toBe(keyOf('PreToolUse', { ...bash, agent_id: 'kid' }))
  })

  test('another event counts once for its prompt and payload', () => {
    expect(keyOf('Stop')).toBe(keyOf('Stop'))
    expect(keyOf('Stop')).not.toBe(keyOf('Stop', { stop_hook_active: true }))
    expect(keyOf('MessageDisplay', { index: 0 })).not.toBe(keyOf('MessageDisplay', { index: 1 }))
    expect(keyOf('Stop')).not.toBe(keyOf('Stop', { prompt_id: 'prompt-2' }))
  })

  test('without either id nothing is a double', () => {
    expect(keyOf('Stop', { prompt_id: undefined })).toBeNull()
  })

  test('the same permission may be asked for twice', () => {
    const { tool_use_id: _, ...unnamed } = bash
    expect(keyOf('PermissionRequest', unnamed)).toBeNull()
  })
})

describe('what is odd', () => {
  test.each([null, 7, 'text', [], [{}], undefined])('%j is no hook', (body) => {
    expect(() => parseClaudeCodeHook(body, { host: null })).toThrow(BadInput)
  })

  test.each(['session_id', 'hook_event_name'])('%s has to be there', (field) => {
    for (const value of [undefined, null, 7, '', '  ', {}, 'x'.repeat(201)]) {
      try {
        parse('Stop', { [field]: value })
        expect.unreachable()
      } catch (error) {
        expect(error).toMatchObject({ status: 400, field })
      }
    }
  })

  test('a hostile payload is text', () => {
    const odd = '<script>alert("1")</script>\0\ud800\r\n'
    const report = parse('UserPromptSubmit', { prompt: odd, cwd: `/x/${odd}`, session_id: odd })
    const stored = JSON.stringify(report)
    expect(stored).not.toMatch(/\\u0000|\\ud800/)
    expect(report.event.summary).toBe('<script>alert("1")</script>\ufffd\ufffd')
  })

  test('16 MiB of a tool’s result and ten thousand levels are taken', () => {
    const large = parse('PostToolUse', { ...bash, tool_response: 'x'.repeat(16 << 20) })
    expect(JSON.stringify(large).length).toBeLessThan(20_000)
    const deep = JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)
    expect(parse('PreToolUse', { ...bash, tool_input: deep }).signal.kind).toBe('tool_started')
    expect(parse('Stop', { extra: deep }).dedupeKey).not.toBeNull()
  })

  test('no field of any type is an error, and every row can be stored', () => {
    const fields = [
      ...['cwd', 'prompt_id', 'agent_id', 'agent_type', 'tool_name', 'tool_input', 'tool_use_id'],
      ...['prompt', 'message', 'notification_type', 'source', 'reason', 'error', 'duration_ms'],
      ...['background_tasks', 'tool_calls', 'last_assistant_message', 'elicitation_id', 'host'],
    ]
    const events = [
      ...['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'PostToolUseFailure'],
      ...['PermissionRequest', 'PermissionDenied', 'PostToolBatch', 'Notification', 'Stop'],
      ...['SubagentStart', 'SubagentStop', 'StopFailure', 'Elicitation', 'ElicitationResult'],
      ...['SessionEnd', 'MoonPhaseChanged'],
    ]
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' }))
    const payload = fc.dictionary(fc.constantFrom(...fields), value)
    fc.assert(
      fc.property(fc.constantFrom(...events), payload, (event, odd) => {
        const { event: row, project, agent } = parse(event, odd)
        expect(row.type).toMatch(TYPE)
        expect(row.summary).toMatch(/^[^\r\n\0]{1,200}$/)
        expect(project.name).not.toBe('')
        expect(agent?.key.startsWith('claude-code/session-1')).toBe(true)
        expect(JSON.stringify({ row, project, agent })).not.toMatch(/\\u0000|\\ud[89a-f]/)
      }),
    )
  })
})
