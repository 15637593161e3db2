import { SWEEP_MS, Sweep } from '../../src/fleet/sweep'
import { createTestFleet, type TestFleet } from './fleet'
import { reportOf, type Said } from './report'

export const MINUTE_MS = 60_000

interface Shown {
  state: string
  overlays: string[]
  confirmed_by: string
}

/** A fleet whose database's clock runs as far ahead as a test says. */
export class SweepStage {
  aheadMs = 0
  sweep: Sweep

  constructor(readonly fleet: TestFleet) {
    this.sweep = new Sweep(fleet.db)
  }

  record(...said: Said[]) {
    return this.fleet.recorder.record(said.map(reportOf), 1)
  }

  async agent(key = 'test/one'): Promise<Shown | undefined> {
    const [found] = await this.fleet.query<Shown>(
      'SELECT state, overlays, confirmed_by FROM agents WHERE key = $1',
      [key],
    )
    return found
  }

  async setAhead(ms: number): Promise<void> {
    this.aheadMs = ms
    await this.fleet.query('UPDATE test_clock SET ahead_ms = $1', [ms])
  }

  /** Time passes as it does for a server that runs: with a sweep every few seconds. */
  async pass(ms: number): Promise<void> {
    const endsAt = this.aheadMs + ms
    while (this.aheadMs < endsAt) {
      await this.setAhead(Math.min(endsAt, this.aheadMs + 2 * SWEEP_MS))
      await this.sweep.run()
    }
  }
}

/** A stage on which one sweep has run; its `fleet` has to be ended. */
export async function createSweepStage(): Promise<SweepStage> {
  const fleet = await createTestFleet()
  await bendClock(fleet)
  const stage = new SweepStage(fleet)
  await stage.sweep.run()
  return stage
}

/** Lets the database's clock run ahead, as our connections see it. They are made after this. */
async function bendClock(fleet: TestFleet): Promise<void> {
  await fleet.query('CREATE TABLE test_clock AS SELECT 0::float8 AS ahead_ms')
  await fleet.query(
    `CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE plpgsql AS $$
     BEGIN
       RETURN pg_catalog.clock_timestamp()
         + (SELECT ahead_ms FROM public.test_clock) * interval '1 ms';
     END $$`,
  )
  const name = new URL(fleet.url).pathname.slice(1)
  await fleet.query(`ALTER DATABASE ${name} SET search_path = public, pg_catalog`)
}
