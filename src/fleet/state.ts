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

/** What confirmed a state: an agent's hook, a program's report, or the server's clock. */
export type ConfirmedBy = 'hook' | 'report' | 'timer'
