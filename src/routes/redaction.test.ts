import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestMuster, type TestMuster } from './test-muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(() => muster.stop())

const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`

test('a secret is in no column of any table, whichever door it came through', async () => {
  const hook = await muster.fetch('/hooks/claude-code', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      session_id: 'leaky',
      cwd: '/srv/leaky',
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      tool_input: { command: `git push https://me:${secret}@github.com/x/y`, [secret]: [secret] },
      tool_use_id: 'leak-1',
      prompt_id: 'leak',
    }),
  })
  expect(hook.status).toBe(200)
  await muster.report({
    type: 'leak',
    project: 'leaky',
    message: secret,
    data: { api_key: 'hunter2' },
  })
  for (const table of ['events', 'agents', 'turns', 'projects', 'report_keys']) {
    const { rows } = await muster.sql(`SELECT ${table}::text AS text FROM ${table}`)
    for (const { text } of rows) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain('hunter2')
    }
  }
})

test('a redacted place says so on the page', async () => {
  const { last_id } = await muster.report({
    type: 'leak',
    project: 'leaky',
    message: `see ${secret}`,
  })
  const page = await muster.fetch(`/events/${last_id}`)
  expect(await page.text()).toContain('see [redacted: GitHub token]')
})
