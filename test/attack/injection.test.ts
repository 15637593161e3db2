import { describe, expect, it } from 'vitest'
import { attackedMuster } from '../support/attack'
import { CORPUS, LINES } from '../support/attack-corpus'
import { StreamClient } from '../support/client'

const victim = attackedMuster()
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][\w:.-]*(?:="[^"<>]*")?)*)\s*\/?>/g
const HARMLESS = 'harmless words'

async function post(path: string, body: unknown): Promise<number> {
  const response = await victim.it.muster.fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  return response.status
}

/** Every field of both doors that is shown, or that might be one day. */
async function reportEverywhere(text: string, index: number): Promise<void> {
  const session = `session-${index}`
  const hook = (event: string, fields: object) => ({
    session_id: session,
    hook_event_name: event,
    cwd: `/srv/${text}`,
    transcript_path: text,
    permission_mode: text,
    ...fields,
  })
  for (const door of ['/hooks/claude-code', '/hooks/codex']) {
    const sent = [
      hook('SessionStart', { source: text, model: text, session_title: text, agent_type: text }),
      hook('UserPromptSubmit', { prompt: text, prompt_id: text, turn_id: text }),
      hook('PreToolUse', {
        tool_name: text,
        tool_input: { command: text, file_path: text, description: text, [text]: text },
        tool_use_id: text,
      }),
      hook('PostToolUse', {
        tool_name: text,
        tool_use_id: text,
        tool_response: { [text]: [text] },
      }),
      hook('SubagentStart', { agent_id: text, agent_type: text }),
      hook('SubagentStop', { agent_id: text, agent_type: text, last_assistant_message: text }),
      hook('Notification', { message: text, title: text, notification_type: text }),
      hook('Elicitation', { mcp_server_name: text, message: text, elicitation_id: text }),
      hook('PermissionRequest', { tool_name: text, tool_input: { command: text } }),
      hook('StopFailure', { error: text, error_details: text }),
      hook('Stop', { last_assistant_message: text, background_tasks: [{ [text]: text }] }),
      hook(text, { anything: text }),
      { ...hook('SessionStart', {}), session_id: text },
      { ...hook('SessionEnd', { reason: text }), [text]: text },
    ]
    for (const body of sent)
      expect([200, 400], JSON.stringify(body)).toContain(await post(door, body))
  }
  const report = { type: 'noted', project: text, agent: text, message: text, summary: text }
  for (const body of [
    { ...report, state: 'awaiting_input', data: { [text]: text }, usage: { [text]: text } },
    { ...report, state: 'errored', host: text, dedupe_key: text, [text]: text },
    { ...report, timestamp: text },
    { ...report, type: text },
    { ...report, state: text },
  ]) {
    expect([201, 400]).toContain(await post('/api/events', body))
  }
}

/** The tags and attributes of a text, after it was found to be nothing but text and whole tags. */
function markupOf(html: string, where: string): Set<string> {
  const found = new Set<string>()
  const text = html.replace('<!doctype html>', '').replaceAll(TAG, (_, close, tag, attributes) => {
    found.add(`${close}${tag}`)
    for (const [, name = '', value = ''] of attributes.matchAll(/\s([\w:.-]+)(?:="([^"]*)")?/g)) {
      found.add(`${tag} ${name}`)
      if (/^(href|src|action|hx-post|hx-get|sse-connect)$/.test(name)) {
        expect(value, where).toMatch(
          /^(\/(?![/\\])|#|\?|https?:\/\/127\.0\.0\.1|data:image\/svg|$)/,
        )
      }
    }
    return ''
  })
  expect(text.match(/.{0,60}[<>].{0,60}/s)?.[0] ?? '', where).toBe('')
  return found
}

async function pages(): Promise<Map<string, string>> {
  const { sql, fetch } = victim.it.muster
  const { rows: agents } = await sql('SELECT id FROM agents ORDER BY id DESC LIMIT 40')
  const { rows: events } = await sql('SELECT id FROM events ORDER BY random() LIMIT 60')
  const { rows: projects } = await sql('SELECT slug FROM projects')
  const paths = [
    '/',
    '/?sort=priority',
    ...agents.map(({ id }) => `/agents/${id}`),
    ...events.map(({ id }) => `/events/${id}`),
    ...projects.map(({ slug }) => `/projects/${slug}`),
    `/?state=${encodeURIComponent(CORPUS[0] ?? '')}`,
    `/projects/${encodeURIComponent(CORPUS[0] ?? '')}`,
    `/agents/${encodeURIComponent(CORPUS[2] ?? '')}`,
    `/events/${encodeURIComponent(CORPUS[3] ?? '')}`,
    `/${encodeURIComponent(CORPUS[0] ?? '')}`,
  ]
  const found = new Map<string, string>()
  for (const path of paths) {
    const answer = await fetch(path, { headers: { Accept: 'text/html' } })
    expect([200, 400, 404], path).toContain(answer.status)
    found.set(path, await answer.text())
  }
  return found
}

async function openAll() {
  const { address } = victim.it
  return {
    log: await StreamClient.open(`${address}/api/events?last_event_id=0`),
    board: await StreamClient.open(`${address}/live?topic=board`),
  }
}

describe('hostile text', () => {
  it('is text in every page and frame, and no line of a stream', { timeout: 120_000 }, async () => {
    await reportEverywhere(HARMLESS, 0)
    const known = new Set<string>()
    for (const [path, html] of await pages()) {
      for (const part of markupOf(html, path)) known.add(part)
    }
    expect(known.size).toBeGreaterThan(30)

    const streams = await openAll()
    // Each in its own order, all at once: what waits for a commit shares it.
    await Promise.all([...CORPUS, ...LINES].map((text, index) => reportEverywhere(text, index + 1)))
    const { rows } = await victim.it.muster.sql('SELECT id, type FROM events ORDER BY id')
    const last = Number(rows.at(-1)?.id)
    const { log, board } = streams
    await log.receives('the last row', () => log.ids.includes(last))
    await board.receives('the last row', () => board.ids.some((id) => id >= last))

    for (const [path, html] of await pages()) {
      // The same kinds of tags as harmless text made, whatever was reported.
      for (const part of markupOf(html, path)) {
        const [tag = '', attribute = ''] = part.split(' ')
        expect(
          /^\/?(script|iframe|base|object|embed|style|template|math|svg)$/.test(tag) &&
            !known.has(part),
          `${path}: ${part}`,
        ).toBe(false)
        expect(/^(on|style$|srcdoc$)/.test(attribute), `${path}: ${part}`).toBe(false)
      }
    }

    // The log: what the database has, in its order, under its own names, one line of JSON each.
    const stored = rows.map(({ id, type }) => `${id} ${type}`)
    const named = log.events.filter(({ event }) => event !== 'reset')
    expect(named.map(({ id, event }) => `${id} ${event}`)).toEqual(stored)
    for (const { data } of named) expect(() => JSON.parse(data)).not.toThrow()
    for (const { text } of [log, board]) expectOwnLines(text)

    // The board: patches of ours, of markup that is known.
    const patches = board.events.filter(({ event }) => event !== 'hb')
    expect(new Set(patches.map(({ event }) => event))).toEqual(new Set(['patch']))
    for (const { data } of patches) {
      expect(data.split('\n')[0]).toBe('board')
      for (const part of markupOf(data.slice(data.indexOf('\n')), 'a frame')) {
        expect(
          /^\/?(script|iframe|base|object|embed|style|math|link|meta)\b/.test(part),
          part,
        ).toBe(false)
        expect(/ (on|style$|srcdoc$)/.test(part), part).toBe(false)
      }
    }
    log.close()
    board.close()
  })

  it('is shown as it was written', async () => {
    const [text = ''] = CORPUS
    await reportEverywhere(text, 9_000)
    const page = await victim.it.muster.fetch('/').then((response) => response.text())
    expect(page).toContain('&lt;script&gt;window.attacked=1&lt;/script&gt;')
  })

  it('in a header names no machine', async () => {
    for (const text of [...CORPUS, ...LINES].filter(
      (value) => !/[\r\n\0]|[^\x20-\x7e]/.test(value),
    )) {
      const status = await victim.it.ask(
        [
          'POST /api/events HTTP/1.1',
          'Host: localhost',
          'Content-Type: application/json',
          `X-Muster-Host: ${text}`,
          'Content-Length: 30',
        ],
        '{"type":"noted","project":"p"}',
      )
      expect(status, text).toBe(400)
    }
    expect(await victim.it.stored()).toBe(0)
  })

  it('in the cursor of a stream or a poll comes back as data, or not at all', async () => {
    for (const text of [...CORPUS, ...LINES]) {
      for (const path of ['/api/events?', '/live?topic=board&']) {
        const url = `${victim.it.address}${path}last_event_id=${encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, '?'))}`
        const stream = await StreamClient.open(url)
        expect(stream.status).toBe(200)
        await stream.receives('the reset', () => stream.events.length > 0)
        expect(stream.events[0]?.event).toBe('reset')
        expect(JSON.parse(stream.events[0]?.data ?? '').reason).toBe('malformed')
        expectOwnLines(stream.text)
        stream.close()
      }
    }
  })
})

/** Every line, whatever ends it, begins like one of ours. */
function expectOwnLines(text: string): void {
  const foreign = text
    .split(/\r\n|\r|\n/)
    .filter(
      (line) =>
        !/^(data: |id: \d+$|event: (?!evil)[a-z][a-z0-9_.-]{0,63}$|retry: 3000$|: heartbeat$|:?$|data:$)/.test(
          line,
        ),
    )
  expect(foreign).toEqual([])
  expect(text).not.toContain('\0')
}
