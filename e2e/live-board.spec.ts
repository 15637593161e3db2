import { expect, test } from './fixtures'

// As people have it: what moves must not be in the way of what changes.
test.use({ contextOptions: { reducedMotion: 'no-preference' } })

test('a session appears when it reports first, and follows its hooks', async ({
  board,
  secondBoard,
  fleet,
}) => {
  await board.open(fleet.muster.url)
  await fleet.hook('anna', 'SessionStart', { source: 'startup' })
  await board.expectState('anna', 'idle')
  await fleet.hook('anna', 'UserPromptSubmit', { prompt: 'Paint the door', prompt_id: 'anna-1' })
  await board.expectState('anna', 'commanded')
  await expect(board.card('anna')).toContainText('Paint the door')
  await fleet.startTool('anna', 'mix --colour green')
  await board.expectState('anna', 'processing')
  await expect(board.card('anna')).toContainText('mix --colour green')
  await fleet.ask('anna', 'mix --colour green')
  await board.expectState('anna', 'awaiting_input')
  // Other tests' sessions wait as well, and the board recommends five.
  await secondBoard.open(`${fleet.muster.url}/projects/${fleet.project}`)
  await expect(secondBoard.page.locator('#recommended')).toContainText('mix --colour green')
  await fleet.finish('anna')
  await board.expectState('anna', 'complete')
  await fleet.end('anna')
  await board.expectState('anna', 'ended')
})

test('two browsers see the same change', async ({ board, secondBoard, fleet }) => {
  await board.open(fleet.muster.url)
  await secondBoard.open(fleet.muster.url)
  await fleet.startWork('bert')
  await fleet.ask('bert', 'rm -r shed')
  await board.expectState('bert', 'awaiting_input')
  await secondBoard.expectState('bert', 'awaiting_input')
})

test('the counts say how many wait and work', async ({ board, fleet }) => {
  const url = `${fleet.muster.url}/projects/${fleet.project}`
  await fleet.startWork('c1')
  await board.open(url)
  const count = (name: string) => board.page.locator(`[data-count="${name}"] .count-number`)
  await expect(count('working')).toHaveText('1')
  await expect(count('awaiting')).toHaveText('0')
  await fleet.startWork('c2')
  await fleet.ask('c2', 'sell house')
  await expect(count('awaiting')).toHaveText('1')
  await fleet.finish('c1')
  await expect(count('working')).toHaveText('0')
  await expect(count('idle')).toHaveText('1')
})

test('two events a few milliseconds apart both show', async ({ board, fleet }) => {
  await board.open(`${fleet.muster.url}/?project=${fleet.project}`)
  await Promise.all([
    fleet.report({ message: 'first of two' }),
    new Promise((resolve) => setTimeout(resolve, 5)).then(() =>
      fleet.report({ message: 'second of two' }),
    ),
  ])
  await expect(board.feedRows().filter({ hasText: 'first of two' })).toHaveCount(1)
  await expect(board.feedRows().filter({ hasText: 'second of two' })).toHaveCount(1)
})

test('a row that somebody inserts by hand is in the feed', async ({ board, fleet }) => {
  await fleet.report({ message: 'makes the project' })
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  await fleet.sql(
    `INSERT INTO events (type, project_id, summary)
     SELECT 'by_hand', id, 'typed into psql' FROM projects WHERE name = $1`,
    [fleet.project],
  )
  await expect(board.feedRows().filter({ hasText: 'typed into psql' })).toHaveCount(1)
})

test('a burst of 300 reports at once ends with a page equal to the database', async ({
  board,
  fleet,
}) => {
  await fleet.report({ message: 'makes the project' })
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  const sessions = Array.from({ length: 30 }, (_, index) => `burst-${index}`)
  const posts = sessions.flatMap((session, index) => [
    fleet.hook(session, 'SessionStart', { source: 'startup' }),
    fleet.hook(session, 'UserPromptSubmit', { prompt: 'Go', prompt_id: `${session}-1` }),
    ...Array.from({ length: 6 }, (_, n) => fleet.startTool(session, `step ${n}`)),
    index % 3 === 0 ? fleet.ask(session, 'step 0') : fleet.startTool(session, 'step 6'),
    index % 3 === 1 ? fleet.finish(session) : fleet.startTool(session, 'step 7'),
  ])
  expect(posts).toHaveLength(300)
  await Promise.all(posts)
  const stored = await fleet.storedStates()
  expect(Object.keys(stored)).toHaveLength(30)
  await expect
    .poll(() => board.states(), { message: 'the page equals the database' })
    .toEqual(stored)
  const newest = await fleet.sql<{ id: string }>(
    `SELECT events.id FROM events JOIN projects ON projects.id = project_id
     WHERE projects.name = $1 ORDER BY events.id DESC LIMIT 50`,
    [fleet.project],
  )
  await expect.poll(() => board.feedIds()).toEqual(newest.map((row) => Number(row.id)))
})
