import type { Logger } from 'pino'
import type { ConnectionEvent } from '../stream/connections'

/** A line for each stream at its open and at its close; `connection` is the same in both. */
export function logConnection(log: Logger, event: ConnectionEvent): void {
  const { kind, family, client, active } = event
  if (kind === 'opened') {
    const { connection, about } = event
    log.info({ connection, family, client, active, ...about }, 'stream opened')
  } else if (kind === 'closed') {
    const { connection, reason, durationMs, bytes } = event
    const level = reason === 'stalled' ? 'warn' : 'info'
    const facts = { connection, family, client, active, reason, duration_ms: durationMs, bytes }
    log[level](facts, 'stream closed')
  } else {
    // A storm of those who come back at once would be a storm of lines.
    log.debug({ family, client, active, reason: event.reason }, 'stream refused')
  }
}
