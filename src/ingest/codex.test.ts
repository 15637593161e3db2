import { describe, expect, test } from 'vitest'
import { BadInput } from '../errors/app-error'
import { parseClaudeCodeHook } from './claude-code'
import { parseCodexHook } from './codex'

const SESSION = '0199f0a2-6d31-7c40-9e55-a1b2c3d4e5f6'
const CHILD = '0199f0a2-6d31-7c40-9e55-0000000000ff'
const BASE = { session_id: SESSION, turn_id: 'turn-7', cwd: '/srv/code/harbour-bell' }
const bash = { tool_name: 'Bash', tool_input: { command: 'make paint' }, tool_use_id: 'call-1' }
const notice = {
  type: 'agent-turn-complete',
  'thread-id': SESSION,
  'turn-id': 'turn-7',
  cwd: '/srv/code/harbour-bell',
  'input-messages': ['Paint'],
  'last-assistant-message': 'Painted.',
}

function parse(event: string, fields: object = {}) {
  return parseCodexHook({ ...BASE, hook_event_name: event, ...fields }, { host: null })
}

describe('hooks', () => {
  test.each<[string, object, string, string]>([
    ['SessionStart', { source: 'startup' }, 'session_started', 'hook_session_start'],
    ['UserPromptSubmit', { prompt: 'Paint' }, 'prompted', 'turn_detected'],
    ['PreToolUse', bash, 'tool_started', 'tool_started'],
    ['PermissionRequest', bash, 'permission_requested', 'ask_opened'],
    ['PostToolUse', bash, 'tool_finished', 'tool_finished'],
    ['PreCompact', {}, 'compacting', 'hook_pre_compact'],
    ['PostCompact', {}, 'compacting', 'hook_post_compact'],
    ['SubagentStart', { agent_id: CHILD }, 'child_started', 'subagent_started'],
    ['SubagentStop', { agent_id: CHILD }, 'child_finished', 'subagent_finished'],
    ['Stop', { last_assistant_message: 'Painted.' }, 'turn_finished', 'turn_detected'],
    ['StopFailure', { error: 'overloaded' }, 'turn_failed', 'hook_stop_failure'],
    ['Interrupt', {}, 'turn_interrupted', 'hook_interrupt'],
    ['SessionEnd', { reason: 'other' }, 'session_ended', 'session_ended'],
    ['TideTurned', {}, 'logged', 'hook_tide_turned'],
  ])('%s %j means %s, and its row is %s', (event, fields, kind, type) => {
    const report = parse(event, fields)
    expect(report).toMatchObject({ reporter: 'codex', promptId: 'turn-7', signal: { kind } })
    expect(report.event.type).toBe(type)
    expect(report.event.data.payload).toMatchObject({ hook_event_name: event })
  })

  test('a request is about the call whose input it gives with a reason put in', () => {
    const started = parse('PreToolUse', bash).signal
    const reason = { command: 'make paint', description: 'needs the network' }
    const requested = parse('PermissionRequest', { tool_name: 'Bash', tool_input: reason }).signal
    if (started.kind !== 'tool_started' || requested.kind !== 'permission_requested') throw started
    expect(requested.tool.hash).toBe(started.tool.hash)
  })

  test('no call is overdue by the measure of another agent', () => {
    expect(parse('PreToolUse', bash).signal).toMatchObject({ tool: { limitMs: null } })
  })

  test('Claude Code knows no Interrupt: the name means nothing elsewhere', () => {
    const hook = { ...BASE, hook_event_name: 'Interrupt' }
    expect(parseClaudeCodeHook(hook, { host: null }).signal).toEqual({ kind: 'logged' })
  })
})

describe('subagents', () => {
  const rollout = (id: string) => `/home/ines/.codex/sessions/2026/rollout-2026-09-14-${id}.jsonl`

  test.each<[string, object, string | null]>([
    ['its own transcript', { transcript_path: rollout(SESSION) }, null],
    ['no transcript', { transcript_path: null }, null],
    ['a transcript of another make', { transcript_path: '/tmp/log.jsonl' }, null],
    ['the transcript of another thread', { transcript_path: rollout(CHILD) }, CHILD],
    ['the name of a subagent', { agent_id: CHILD, transcript_path: rollout(SESSION) }, CHILD],
  ])('with %s', (_, fields, child) => {
    const { agent } = parse('PreToolUse', { ...bash, ...fields })
    const key = `codex/${SESSION}`
    expect(agent).toMatchObject(
      child === null ? { key, parentKey: null } : { key: `${key}/${child}`, parentKey: key },
    )
  })

  test('a subagent that is interrupted is over', () => {
    const { signal } = parse('Interrupt', { agent_id: CHILD })
    expect(signal).toEqual({ kind: 'child_finished', message: null })
  })
})

describe('notify', () => {
  test('a completed turn is the end that Stop tells', () => {
    const report = parseCodexHook(notice, { host: 'attic' })
    expect(report).toMatchObject({
      promptId: 'turn-7',
      agent: { key: `codex/${SESSION}` },
      project: { name: 'harbour-bell', host: 'attic' },
      signal: { kind: 'turn_finished', message: 'Painted.' },
      event: { type: 'turn_detected', data: { payload: notice } },
    })
    const stop = parse('Stop', { stop_hook_active: false, last_assistant_message: 'Painted.' })
    expect(report.dedupeKey).toBe(stop.dedupeKey)
    expect(parse('Stop', { last_assistant_message: 'More.' }).dedupeKey).not.toBe(stop.dedupeKey)
  })

  test('what else it may be told one day is stored and means nothing', () => {
    const { signal, event } = parseCodexHook({ ...notice, type: 'tide-turned' }, { host: null })
    expect(signal).toEqual({ kind: 'logged' })
    expect(event.type).toBe('hook_tide_turned')
  })
})

test.each([null, 7, [], {}, { type: 'agent-turn-complete' }, { type: 7, session_id: 's' }])(
  '%j is no hook',
  (body) => {
    expect(() => parseCodexHook(body, { host: null })).toThrow(BadInput)
  },
)

test('a probe is a row of the log, and nobody’s sign of life', () => {
  const probe = parse('MusterCheck', { session_id: 'muster-check-1' })
  expect(probe).toMatchObject({
    agent: null,
    dedupeKey: null,
    project: { name: 'muster check' },
    event: { type: 'hook_muster_check', data: { session_uuid: 'muster-check-1' } },
  })
})
