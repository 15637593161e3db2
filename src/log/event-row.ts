export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** A row of the log as readers see it: without the raw payload, which `findEvent` gives. */
export interface EventRow {
  readonly id: number
  /** When the server stored it; an invalid Date where a row inserted by hand has one that is none. */
  readonly at: Date
  /** When it happened, by the reporter's clock, if the reporter said so. */
  readonly reportedAt: Date | null
  readonly type: string
  readonly projectId: number | null
  readonly agentId: number | null
  readonly debateId: string | null
  readonly turnId: string | null
  readonly actorId: string | null
  readonly targetId: string | null
  readonly targetType: string | null
  /** The agent's state after the event. */
  readonly state: string | null
  readonly summary: string
  readonly data: JsonObject
}
