import { afterEach, beforeEach, expect, test } from 'vitest'
import { CHILD_STARTED, prompted } from '../../test/support/report'
import { createSweepStage, MINUTE_MS, type SweepStage } from '../../test/support/sweep'
import { SWEEP_MS, Sweep } from './sweep'

let stage: SweepStage

beforeEach(async () => {
  stage = await createSweepStage()
})

afterEach(() => stage.fleet.end())

test('silence counts only while somebody was there to hear: a start after a pause begins anew', async () => {
  await stage.record({ signal: prompted('Go') }, { signal: { kind: 'progressed' } })
  await stage.pass(1.5 * MINUTE_MS)
  await restartAfter(MINUTE_MS)
  await stage.pass(1.5 * MINUTE_MS)
  expect(await stage.agent()).toMatchObject({ overlays: [] })
  await stage.pass(MINUTE_MS)
  expect(await stage.agent()).toMatchObject({ overlays: ['quiet'] })
})

test('a process that takes over from another goes on counting where that one stopped', async () => {
  await stage.record({ signal: prompted('Go') }, { signal: { kind: 'progressed' } })
  await stage.pass(1.5 * MINUTE_MS)
  await restartAfter(SWEEP_MS)
  await stage.pass(0.5 * MINUTE_MS)
  expect(await stage.agent()).toMatchObject({ overlays: ['quiet'] })
})

test('processes that started at different times say once that an agent is quiet', async () => {
  await stage.record({ signal: prompted('Go') }, { signal: { kind: 'progressed' } })
  await stage.pass(2.5 * MINUTE_MS)
  const processes = [new Sweep(stage.fleet.db), stage.sweep]
  for (let i = 0; i < 24; i++) {
    await stage.setAhead(stage.aheadMs + SWEEP_MS)
    for (const process of processes) await process.run()
  }
  expect(await reasons()).toEqual(['Nothing heard for 2 minutes'])
  expect(await stage.agent()).toMatchObject({ overlays: ['quiet'] })
})

test('a start after a pause takes nothing back, until something is heard', async () => {
  await stage.record({ signal: prompted('Go') }, { signal: { kind: 'progressed' } })
  await stage.pass(2.5 * MINUTE_MS)
  await restartAfter(60 * MINUTE_MS)
  await stage.pass(9.5 * MINUTE_MS)
  expect(await reasons()).toEqual(['Nothing heard for 2 minutes'])
  expect(await stage.agent()).toMatchObject({ overlays: ['quiet'] })
  await stage.record({ signal: { kind: 'progressed' } })
  expect(await stage.agent()).toMatchObject({ overlays: [] })
  await restartAfter(60 * MINUTE_MS)
  await stage.pass(MINUTE_MS)
  expect(await reasons()).toEqual(['Nothing heard for 2 minutes'])
  expect(await stage.agent()).toMatchObject({ overlays: [] })
})

test('an agent is back to normal once its child is heard again, which is said once', async () => {
  await startTalkingParent()
  await stage.pass(31 * MINUTE_MS)
  expect((await stage.agent())?.overlays).not.toEqual([])
  const before = (await reasons()).length
  await restartAfter(60 * MINUTE_MS)
  await stage.pass(MINUTE_MS)
  expect(await reasons()).toHaveLength(before)
  await stage.record({ child: 'kid', type: 'progress', signal: { kind: 'progressed' } })
  const other = new Sweep(stage.fleet.db)
  for (let i = 0; i < 6; i++) {
    await stage.setAhead(stage.aheadMs + SWEEP_MS)
    await stage.sweep.run()
    await other.run()
  }
  expect((await reasons()).slice(before)).toEqual(['Back to normal'])
  expect(await stage.agent()).toMatchObject({ overlays: [] })
})

test('a clock that was set back starts all clocks anew, instead of stopping them', async () => {
  await stage.setAhead(60 * MINUTE_MS)
  await stage.sweep.run()
  await stage.setAhead(0)
  await stage.sweep.run()
  await stage.record({ signal: prompted('Go') }, { signal: { kind: 'progressed' } })
  await stage.pass(2.5 * MINUTE_MS)
  expect(await stage.agent()).toMatchObject({ overlays: ['quiet'] })
})

test('a process that was itself paused, as on a machine that slept, begins anew as well', async () => {
  await stage.record({ signal: prompted('Go') }, { signal: { kind: 'progressed' } })
  await stage.pass(MINUTE_MS)
  await stage.setAhead(60 * MINUTE_MS)
  await stage.sweep.run()
  await stage.pass(1.5 * MINUTE_MS)
  expect(await stage.agent()).toMatchObject({ overlays: [] })
  await stage.pass(MINUTE_MS)
  expect(await stage.agent()).toMatchObject({ overlays: ['quiet'] })
})

/** A turn that goes on while its child works. */
async function startTalkingParent(): Promise<void> {
  await stage.record(
    { signal: prompted('Go') },
    { signal: { kind: 'progressed' } },
    { child: 'kid', type: 'subagent_started', signal: CHILD_STARTED },
  )
}

/** Nobody is there for a while; then another process starts. */
async function restartAfter(ms: number): Promise<void> {
  await stage.setAhead(stage.aheadMs + ms)
  stage.sweep = new Sweep(stage.fleet.db)
  await stage.sweep.run()
}

/** What the clock said about agents whose state stayed, in its order. */
async function reasons(): Promise<string[]> {
  const rows = await stage.fleet.query<{ reason: string }>(
    `SELECT data->>'reason' AS reason FROM events
     WHERE type = 'agent_updated' AND data->>'parent_agent_id' IS NULL ORDER BY id`,
  )
  return rows.map(({ reason }) => reason)
}
