import type { Database } from '../db/connect'
import { NotFound } from '../errors/app-error'
import { firstLine } from '../fleet/text'
import { changeDebate, type DebateContext, type Outcome } from './change'
import { agentOf, type InterventionType, type Side, type Speaker } from './debate'
import { DebateConflict } from './errors'
import { isComplete, requireActive } from './moves'
import { findEntry } from './read'

const MAX_INTERVENTIONS = 1_000

export interface NewIntervention {
  /** The sender's, so that what is sent twice counts once. */
  readonly id: string
  readonly type: InterventionType
  readonly content: string
  /** Null: everybody. */
  readonly directedTo: Side | null
}

/** Adds a person's intervention to the debate, paused or not. */
export function intervene(
  db: Database,
  place: DebateContext,
  put: NewIntervention,
): Promise<Outcome> {
  return changeDebate(db, place, async ({ trx, debate }) => {
    const wanted = { type: 'intervention', key: 'intervention_id', value: put.id } as const
    const known = await findEntry(trx, debate.id, wanted)
    if (known) {
      if (known.data.content === put.content && known.data.kind === put.type) return known
      throw new DebateConflict('id_taken', 'Another intervention has this id', debate)
    }
    if (debate.status === 'complete') throw isComplete(debate)
    const count = debate.interventionCount + 1
    if (count > MAX_INTERVENTIONS) {
      const message = `A debate has at most ${MAX_INTERVENTIONS} interventions`
      throw new DebateConflict('full', message, debate)
    }
    const { id, type, content, directedTo } = put
    return {
      set: { intervention_count: count },
      type: 'intervention',
      agentId: agentOf(debate, directedTo),
      summary: `${type} to ${directedTo ?? 'all'}: ${firstLine(content, 160)}`,
      data: { intervention_id: id, kind: type, content, directed_to: directedTo },
    }
  })
}

interface NewResponse {
  readonly interventionId: string
  readonly response: string
  readonly speaker: Speaker
}

/** A speaker answers an intervention, once. Throws InterventionNotFound besides. */
export function respond(db: Database, place: DebateContext, answer: NewResponse): Promise<Outcome> {
  return changeDebate(db, place, async ({ trx, debate }) => {
    const { interventionId, response, speaker } = answer
    const of = { key: 'intervention_id', value: interventionId } as const
    const known = await findEntry(trx, debate.id, { ...of, type: 'intervention_response' })
    if (known) {
      if (known.data.response === response && known.data.speaker === speaker) return known
      throw new DebateConflict('already_answered', 'The intervention has its answer', debate)
    }
    if (!(await findEntry(trx, debate.id, { ...of, type: 'intervention' }))) {
      throw new NotFound(`There is no intervention ${interventionId} in this debate`)
    }
    requireActive(debate)
    return {
      set: {},
      type: 'intervention_response',
      agentId: agentOf(debate, speaker),
      summary: `${speaker} answers: ${firstLine(response, 160)}`,
      data: { intervention_id: interventionId, response, speaker },
    }
  })
}
