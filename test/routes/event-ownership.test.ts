import { expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { startTestMuster } from '../support/muster'

const STORY: [event: string, fields: object][] = [
  ['SessionStart', { source: 'startup' }],
  ['UserPromptSubmit', { prompt: 'Mend the fence', prompt_id: 't1' }],
  ['PreToolUse', { tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 'u1' }],
  ['PostToolUse', { tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 'u1' }],
  ['PermissionRequest', { tool_name: 'Bash', tool_input: { command: 'rm' } }],
  ['Notification', { message: 'Waiting for you', notification_type: 'idle_prompt' }],
  ['SubagentStart', { agent_id: 'kid', agent_type: 'explore' }],
  ['SubagentStop', { agent_id: 'kid', agent_type: 'explore' }],
  ['SomethingNew', { colour: 'green' }],
  ['Stop', { last_assistant_message: 'Done.', prompt_id: 't1' }],
  ['SessionEnd', { reason: 'logout' }],
]

it('everything that is told of an agent says whose it is, so that no filtered reader lacks it', async () => {
  const muster = await startTestMuster()
  const headers = { 'Content-Type': 'application/json' }
  for (const [hook_event_name, fields] of STORY) {
    const body = JSON.stringify({ session_id: 's', cwd: '/srv/p', hook_event_name, ...fields })
    const answer = await muster.fetch('/hooks/claude-code', { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
  }
  const { rows } = await muster.sql('SELECT id, type, project_id, agent_id FROM events ORDER BY id')
  const placeless = rows.filter((row) => row.project_id === null || row.agent_id === null)
  expect(placeless.map(({ type }) => type)).toEqual(['project_changed'])
  expect(rows.length).toBeGreaterThan(STORY.length)

  const [{ project_id: project }] = rows
  const agents = [...new Set(rows.flatMap(({ agent_id }) => agent_id ?? []))]
  expect(agents).toHaveLength(2)
  const selected = {
    [`project_id=${project}`]: rows,
    [`agent_id=${agents.join(',')}`]: rows.filter((row) => row.agent_id !== null),
    [`agent_id=${agents[0]}`]: rows.filter((row) => row.agent_id === agents[0]),
  }
  for (const [query, expected] of Object.entries(selected)) {
    const path = `/api/events?${query}&last_event_id=0`
    const client = await StreamClient.open(`${muster.address}${path}`)
    await client.receives(`all of ${query}`, () => client.events.length >= expected.length)
    expect(client.ids).toEqual(expected.map(({ id }) => Number(id)))
    for (const { data } of client.events) {
      expect(JSON.parse(data)).toMatchObject({ project_id: Number(project) })
    }
    client.close()
  }
  await muster.stop()
})
