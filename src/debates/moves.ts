import type { Database } from '../db/connect'
import { firstLine } from '../fleet/text'
import { type Change, changeDebate, type DebateContext, type Held, type Outcome } from './change'
import { agentOf, type Debate, elapsedMs, PHASES, type Phase, type Speaker } from './debate'
import { DebateConflict } from './errors'
import { findEntry } from './read'

/** More than any debate has; what is kept of one has an end. */
const MAX_UTTERANCES = 10_000

export interface NewUtterance {
  /** The orchestrator's, so that what is sent twice counts once. */
  readonly id: string
  readonly speaker: Speaker
  /** The phase that the orchestrator takes the debate to be in. */
  readonly phase: Phase | null
  readonly content: string
}

/** A side takes its turn. Throws DebateConflict where it is not its turn. */
export function speak(db: Database, place: DebateContext, said: NewUtterance): Promise<Outcome> {
  return changeDebate(db, place, async ({ trx, debate }) => {
    const wanted = { type: 'utterance', key: 'utterance_id', value: said.id } as const
    const known = await findEntry(trx, debate.id, wanted)
    if (known) {
      if (known.data.content === said.content && known.data.speaker === said.speaker) return known
      throw new DebateConflict('id_taken', 'Another utterance has this id', debate)
    }
    requireActive(debate)
    const { phase, turnNumber } = debate
    if (said.phase !== null && said.phase !== phase) {
      throw new DebateConflict('wrong_phase', `The debate is in ${phase}`, debate)
    }
    if (turnNumber >= MAX_UTTERANCES) {
      throw new DebateConflict('full', `A debate has at most ${MAX_UTTERANCES} utterances`, debate)
    }
    return utterance(debate, said)
  })
}

function utterance(debate: Debate, { id, speaker, content }: NewUtterance): Change {
  const { phase } = debate
  const number = debate.turnNumber + 1
  return {
    set: { speaker, turn_number: number },
    type: 'utterance',
    agentId: agentOf(debate, speaker),
    summary: `${speaker}: ${firstLine(content, 180)}`,
    data: { utterance_id: id, number, phase, speaker, content },
  }
}

/** The debate goes on to a later phase; phases may be left out, and none comes back. */
export function changePhase(
  db: Database,
  place: DebateContext,
  { phase, speaker }: { phase: Phase; speaker: Speaker | null },
): Promise<Outcome> {
  return changeDebate(db, place, ({ debate }) => {
    requireActive(debate)
    if (PHASES.indexOf(phase) <= PHASES.indexOf(debate.phase)) {
      const message = `The debate is in ${debate.phase} already, and goes forward only`
      throw new DebateConflict('phase_not_ahead', message, debate)
    }
    const floor = speaker ?? debate.speaker
    return {
      set: { phase, speaker: floor },
      type: 'phase_transition',
      agentId: null,
      summary: `“${titleOf(debate)}” is in ${phase}`,
      data: { phase, from: debate.phase, speaker: floor },
    }
  })
}

/** No side speaks and no phase begins until the debate is resumed. */
export function pause(db: Database, place: DebateContext, reason: string | null): Promise<Outcome> {
  return changeDebate(db, place, ({ debate, now }) => {
    requireActive(debate)
    return stop(debate, 'pause', { status: 'paused', paused_at: now }, reason)
  })
}

/** The debate goes on where it was paused. */
export function resume(
  db: Database,
  place: DebateContext,
  reason: string | null,
): Promise<Outcome> {
  return changeDebate(db, place, ({ debate, now }) => {
    const { pausedAt, pausedMs } = debate
    if (debate.status === 'complete') throw isComplete(debate)
    if (pausedAt === null) throw new DebateConflict('not_paused', 'The debate goes on', debate)
    const paused_ms = pausedMs + Math.max(0, now.getTime() - pausedAt.getTime())
    return stop(debate, 'resume', { status: 'active', paused_at: null, paused_ms }, reason)
  })
}

function stop(
  debate: Debate,
  type: 'pause' | 'resume',
  set: Change['set'],
  reason: string | null,
): Change {
  const { phase, speaker } = debate
  const what = `“${titleOf(debate)}” was ${type}d`
  return {
    set,
    type,
    agentId: null,
    summary: reason ? `${what}: ${firstLine(reason, 120)}` : what,
    data: { phase, speaker, ...(reason !== null && { reason }) },
  }
}

/** The debate is over for good. */
export function complete(db: Database, place: DebateContext): Promise<Outcome> {
  return changeDebate(db, place, (held) => {
    requireActive(held.debate)
    return end(held)
  })
}

function end({ debate, now }: Held): Change {
  const totalMs = elapsedMs(debate, now.getTime())
  return {
    set: { status: 'complete', completed_at: now },
    type: 'complete',
    agentId: null,
    summary: `“${titleOf(debate)}” is complete`,
    data: { utterance_count: debate.turnNumber, total_duration_ms: totalMs },
  }
}

/** Throws DebateConflict where agents may do nothing. */
export function requireActive(debate: Debate): void {
  if (debate.status === 'complete') throw isComplete(debate)
  if (debate.status === 'paused') {
    throw new DebateConflict('paused', 'The debate is paused', debate)
  }
}

export function isComplete(debate: Debate): DebateConflict {
  return new DebateConflict('complete', 'The debate is complete', debate)
}

export function titleOf({ title }: Debate): string {
  return firstLine(title, 100)
}
