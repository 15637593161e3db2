/** The states an agent can be in, as printed on the wire and stored in the database. */
export const STATES = [
  'idle',
  'commanded',
  'processing',
  'awaiting_input',
  'complete',
  'errored',
  'ended',
] as const
export type State = (typeof STATES)[number]

/** What is true beside the state: shown with it, never instead of it. */
export const OVERLAYS = [
  'background',
  'compacting',
  'retrying',
  'quiet',
  'stuck',
  'overdue',
  'lost',
] as const
export type Overlay = (typeof OVERLAYS)[number]

/** What told us that a state is true: an agent's hook, a program's report, or our own clock. */
export type ConfirmedBy = 'hook' | 'report' | 'timer'
