import type { Logger } from 'pino'
import type { Config } from './config/load'
import type { Shutdown } from './process/shutdown'
import type { Telemetry } from './prometheus/prometheus'

export interface StartOptions {
  /** Hears what people should know while the start takes its time. */
  tell?: (message: string) => void
  /** Breaks off a start; what was started is ended. */
  signal?: AbortSignal
  /** In place of one that writes to standard error. */
  log?: Logger
  /** In place of the built one: the program of the threads that decode large bodies. */
  decodeWorker?: string
}

/** What every part is started with. */
export interface Start extends StartOptions {
  readonly config: Config
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly shutdown: Shutdown
}

/** How long those who report may still be answered while Muster stops. */
export const ANSWERS_MS = 800
