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
