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
