import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster
beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(() => muster.stop())

function hook(event: string, more: object = {}): string {
  const payload = { session_id: 's', cwd: '/srv/shop', hook_event_name: event, ...more }
  const body = JSON.stringify(payload)
  return [
    'POST /hooks/claude-code HTTP/1.1',
    `Host: ${new URL(muster.address).host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

it('a small report does not overtake a large one that its connection has sent before', async () => {
  const { hostname, port } = new URL(muster.address)
  const socket = connect(Number(port), hostname)
  let answers = ''
  socket.on('data', (chunk: Buffer) => {
    answers += chunk.toString()
  })
  const large = { prompt: 'word '.repeat(100_000) }
  socket.write(
    hook('SessionStart') + hook('UserPromptSubmit', large) + hook('Stop') + hook('SessionEnd'),
  )
  await until('all are answered', () => answers.split('HTTP/1.1 200').length === 5)
  socket.destroy()
  const { rows } = await muster.sql(
    `SELECT type FROM events WHERE type IN ('turn_detected', 'hook_stop') ORDER BY id`,
  )
  expect(rows).toEqual([{ type: 'turn_detected' }, { type: 'hook_stop' }])
  const { rows: agents } = await muster.sql('SELECT state FROM agents')
  expect(agents).toEqual([{ state: 'ended' }])
})
