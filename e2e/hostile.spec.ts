import { expect, test } from './fixtures'

const MARK = 'window.attacked=1'
const CORPUS = [
  `<script>${MARK}</script>`,
  `<img src=x onerror="${MARK}">`,
  `"><svg onload=${MARK}>`,
  `' autofocus onfocus='${MARK}`,
  `</template><script>${MARK}</script>`,
  `</title></textarea></style><script>${MARK}</script>`,
  `<div hx-swap-oob="true" id="projects">gone</div>`,
  `<b hx-get="/" hx-trigger="load">`,
  `javascript:${MARK}`,
  `line one\nline two\r\nevent: evil\rdata: x\n\nid: 1\n\n`,
  `nul \u0000 and lone \ud800 surrogate`,
  `\u2028separator\u2029`,
  `&lt;script&gt; &amp; entities`,
  `{{constructor.constructor('${MARK}')()}}`,
]

test('hostile text is text in every card, row, frame and page', async ({ board, fleet }) => {
  test.slow()
  await fleet.startWork('victim')
  const url = `${fleet.muster.url}/projects/${fleet.project}`
  await board.open(url)
  for (const [index, text] of CORPUS.entries()) {
    const session = `hostile-${index}`
    await fleet.hook(session, 'SessionStart', { source: text, model: text, session_title: text })
    await fleet.hook(session, 'UserPromptSubmit', { prompt: text, prompt_id: text })
    await fleet.hook(session, 'PreToolUse', {
      tool_name: text,
      tool_input: { command: text, file_path: text, [text]: text },
      tool_use_id: `${session}-tool`,
    })
    await fleet.hook(session, 'SubagentStart', { agent_id: `kid ${text}`, agent_type: text })
    await fleet.hook(session, 'Notification', { message: text, notification_type: text })
    await fleet.hook(session, 'PermissionRequest', {
      tool_name: text,
      tool_input: { command: text },
    })
    await fleet.hook(session, text, { anything: text })
    await fleet.report({
      agent: text,
      state: 'awaiting_input',
      message: text,
      summary: text,
      data: { [text]: text },
    })
  }
  for (const index of CORPUS.keys()) await board.expectState(`hostile-${index}`, 'awaiting_input')
  await expect(board.page.locator('#projects')).toContainText(`<script>${MARK}</script>`)
  await expect(board.page.locator('#feed-rows')).toContainText('&lt;script&gt; &amp; entities')
  const [agent] = await fleet.sql<{ id: string }>(
    `SELECT id FROM agents WHERE session_id = 'hostile-0'`,
  )
  const events = await fleet.sql<{ id: string }>('SELECT id FROM events ORDER BY id DESC LIMIT 12')
  const pages = [url, fleet.muster.url, `${fleet.muster.url}/agents/${agent?.id}`]
  for (const page of [...pages, ...events.map(({ id }) => `${fleet.muster.url}/events/${id}`)]) {
    await board.page.goto(page)
    expect(await board.page.evaluate(() => Reflect.get(window, 'attacked')), page).toBeUndefined()
    await expect(
      board.page.locator(
        // The filter's own fields ask for their choices.
        'script:not([src]), [onerror], [onload], [onfocus], [hx-get]:not([hx-get^="/choices?field="])',
      ),
    ).toHaveCount(0)
  }
})
