import type { Logger } from 'pino'
import type { Access } from '../access/access'
import type { Presence } from '../access/presence'
import type { Config } from '../config/load'
import type { Database } from '../db/connect'
import type { TroubleWatch } from '../db/trouble-watch'
import type { Recorder } from '../fleet/recorder'
import type { Roster } from '../fleet/roster'
import type { BodyDecoder } from '../ingest/decode/body-decoder'
import type { Cursor } from '../log/cursor'
import type { Bounds } from '../log/history'
import type { Retention } from '../log/retention'
import type { Tail } from '../log/tail'
import type { PageSource } from '../pages/topic'
import type { Telemetry } from '../prometheus/prometheus'
import type { ViewWatch } from '../saved-views/view-watch'
import type { Connections } from '../stream/connections'
import type { LogStreams } from '../stream/log-streams'
import type { MetricStreams } from '../stream/metric-streams'
import type { PageStreams } from '../stream/page-streams'
import type { Asset } from './assets'

/** What routes need; made once, in src/muster.ts. */
export interface Services {
  readonly config: Config
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly access: Access
  readonly db: Database
  /** Its database gives up a statement that takes longer than 5 s. */
  readonly pageSource: PageSource
  /** For transactions: each waits for its locks for a short time only. */
  readonly writing: Database
  readonly troubleWatch: TroubleWatch
  readonly recorder: Recorder
  readonly roster: Roster
  readonly bodies: BodyDecoder
  readonly retention: Retention
  readonly tail: Tail
  readonly connections: Connections
  /** The connections of this process, published to the others. */
  readonly presence: Presence
  readonly logStreams: LogStreams
  /** The same, of the transcripts of debates: nothing of those is ever trimmed. */
  readonly debateStreams: LogStreams
  readonly pageStreams: PageStreams
  readonly metricStreams: MetricStreams
  readonly viewWatch: ViewWatch
  /** The newest id and what is kept, as they are after the call; shared by all who ask at once. */
  readonly readBounds: () => Promise<Bounds>
  /** The row of the last restore from a backup, 0 without one; shared likewise. */
  readonly readLastRestore: () => Promise<number>
  /** Where a client is to go on from. One that is not urgent may wait a moment for others to ask too. */
  readonly resolveCursor: (
    text: string | null | undefined,
    options?: { isUrgent?: boolean },
  ) => Promise<Cursor>
  readonly assets: ReadonlyMap<string, Asset>
  readonly version: string
  readonly startedAt: number
}
