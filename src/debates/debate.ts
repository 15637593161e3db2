/** The parts of a debate, in the only order in which they can follow each other. */
export const PHASES = [
  'phase_1_opening',
  'phase_2_constructive',
  'phase_3_crossexam',
  'phase_4_rebuttal',
  'phase_5_closing',
  'phase_6_synthesis',
] as const
export type Phase = (typeof PHASES)[number]

/** The sides that can have a position, and an agent that speaks for them. */
export const SIDES = ['pro', 'con', 'moderator'] as const
export type Side = (typeof SIDES)[number]

export const SPEAKERS = [...SIDES, 'user'] as const
export type Speaker = (typeof SPEAKERS)[number]

export const STATUSES = ['active', 'paused', 'complete'] as const
export type Status = (typeof STATUSES)[number]

/** What can happen in a debate; frames of its stream and rows of the log have the same names. */
export const ENTRY_TYPES = [
  'utterance',
  'phase_transition',
  'intervention',
  'intervention_response',
  'pause',
  'resume',
  'complete',
] as const
export type EntryType = (typeof ENTRY_TYPES)[number]

/** What a person can put into a debate. */
export const INTERVENTION_TYPES = [
  'question',
  'comment',
  'challenge',
  'evidence',
  'direction',
] as const
export type InterventionType = (typeof INTERVENTION_TYPES)[number]

interface SideOf {
  /** What it stands for. */
  readonly position: string
  /** Who of the fleet speaks for it. */
  readonly agentId: number | null
}

/** A debate as it is at one moment. */
export interface Debate {
  readonly id: string
  readonly projectId: number
  readonly title: string
  readonly status: Status
  readonly phase: Phase
  /** Who spoke last, or was given the floor by the phase. */
  readonly speaker: Speaker
  /** How many utterances there have been. */
  readonly turnNumber: number
  readonly interventionCount: number
  readonly sides: Readonly<Partial<Record<Side, SideOf>>>
  readonly createdAt: Date
  readonly pausedAt: Date | null
  /** How long the pauses were that are over. */
  readonly pausedMs: number
  readonly completedAt: Date | null
}

/** How long the debate has gone on by `now`, its pauses left out, in ms. */
export function elapsedMs(
  { createdAt, pausedAt, pausedMs, completedAt }: Debate,
  now: number,
): number {
  const end = (completedAt ?? pausedAt)?.getTime() ?? now
  return Math.max(0, Math.round(end - createdAt.getTime() - pausedMs))
}

/** Who of the fleet speaks for a speaker; null for people and for sides without an agent. */
export function agentOf({ sides }: Pick<Debate, 'sides'>, speaker: Speaker | null): number | null {
  return speaker === null || speaker === 'user' ? null : (sides[speaker]?.agentId ?? null)
}
