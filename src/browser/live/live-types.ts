/** How fresh pages are. */
export const STATUSES = ['connected', 'reconnecting', 'polling', 'offline'] as const
export type Status = (typeof STATUSES)[number]

/** What the server says about itself. */
export interface Notice {
  readonly error_type: string
  readonly message: string
}

/** Fragments of a topic's page, and where the stream is then; no topic, no fragments. */
export interface LiveFrame {
  readonly topic: string | null
  readonly html: string
  readonly cursor: string
}

export interface LiveCallbacks {
  onStatus(status: Status): void
  onFrame(frame: LiveFrame): void
  /** What the topic's page shows, or every page, may have holes; all of it follows. */
  onReset(topic: string | null): void
  onNotice(notice: Notice): void
  /** The session has ended. Nothing more comes. */
  onUnauthorized(): void
  /** From here on all that comes is of these topics, and complete from the cursor they came with. */
  onFollowing(topics: readonly string[]): void
  /** The server has no page for this one, so it cannot be had together with the others. */
  onRefusedTopic(topic: string): void
}
