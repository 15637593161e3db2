import type { Debate, Phase, Status } from './debate'

/** There is no such debate, or it is in a project outside of the visitor's scope. */
export class DebateNotFound extends Error {
  constructor(readonly debateId: string) {
    super('Debate not found')
  }
}

/** The debate is there, and what is looked for in it is not. */
export class InterventionNotFound extends Error {}

/** The project is outside of the visitor's scope. */
export class ForeignProject extends Error {}

/** The id is that of a debate in a project outside of the visitor's scope. */
export class IdTaken extends Error {}

type ConflictReason =
  | 'paused'
  | 'not_paused'
  | 'complete'
  | 'wrong_phase'
  | 'phase_not_ahead'
  | 'already_answered'
  | 'id_taken'
  | 'full'

/** It can be meant, but not now: the debate is in no state for it. */
export class DebateConflict extends Error {
  readonly status: Status
  readonly phase: Phase

  constructor(
    readonly reason: ConflictReason,
    message: string,
    { status, phase }: Pick<Debate, 'status' | 'phase'>,
  ) {
    super(message)
    this.status = status
    this.phase = phase
  }
}
