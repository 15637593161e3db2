import { AppError, NotFound } from '../errors/app-error'
import type { Debate } from './debate'

/** There is no such debate, or it is in a project outside of the visitor's scope. */
export function debateNotFound(debateId: string): NotFound {
  return new NotFound('Debate not found', { debateId })
}

type ConflictReason =
  | 'paused'
  | 'not_paused'
  | 'complete'
  | 'wrong_phase'
  | 'phase_not_ahead'
  | 'already_answered'
  | 'id_taken'
  | 'full'

/** The debate is in no state for the change. */
export class DebateConflict extends AppError {
  constructor(
    reason: ConflictReason,
    message: string,
    { status, phase }: Pick<Debate, 'status' | 'phase'>,
  ) {
    super(409, message, {
      details: { reason, status, phase },
      advice: 'Go back: the page shows how the debate stands now.',
    })
  }
}
