import type { Debate } from '../../src/debates/debate'
import type { EventRow, JsonObject } from '../../src/log/event-row'
import type { DebateModel } from '../../src/pages/debate/state'
import type { DebateLine } from '../../src/pages/debates/state'
import { sampleAgent, sampleLine, sampleProject } from './sample-board'

/** Made-up models for the tests of views; `text` is put in every place that holds text. */

const AT = Date.parse('2026-11-21T03:30:00.000Z')
const ID = '0b7e2a52-7c0e-4a0e-9a57-2f10c7a5d002'

export function sampleDebate(text = 'Is the fence needed?', over: Partial<Debate> = {}): Debate {
  return {
    id: ID,
    projectId: 1,
    title: text,
    status: 'active',
    phase: 'phase_2_constructive',
    speaker: 'con',
    turnNumber: 2,
    interventionCount: 1,
    sides: {
      pro: { position: text, agentId: 11 },
      con: { position: text, agentId: null },
    },
    createdAt: new Date(AT),
    pausedAt: null,
    pausedMs: 30_000,
    completedAt: null,
    ...over,
  }
}

function sampleEntry(id: number, type: string, data: JsonObject): EventRow {
  const { row } = sampleLine(id)
  return { ...row, type, debateId: ID, data }
}

export function sampleDebateModel(text = 'Because.', over: Partial<DebateModel> = {}): DebateModel {
  const name = (id: number) => sampleAgent({ id, title: text, name: text })
  const put = sampleEntry(203, 'intervention', {
    intervention_id: 'i',
    kind: text,
    content: text,
    directed_to: text,
  })
  const response = { intervention_id: 'i', response: text, speaker: text }
  const answer = sampleEntry(204, 'intervention_response', response)
  return {
    debate: sampleDebate(text),
    project: sampleProject(text),
    agents: [name(11)],
    entries: [
      sampleEntry(201, 'utterance', { number: 1, speaker: text, phase: text, content: text }),
      sampleEntry(202, 'phase_transition', { phase: text, from: text, speaker: text }),
      put,
      answer,
      sampleEntry(205, 'pause', { phase: text, speaker: text, reason: text }),
      sampleEntry(206, 'resume', { phase: text, speaker: text }),
      sampleEntry(207, 'complete', { utterance_count: 2, total_duration_ms: 5 }),
    ],
    hasOlder: true,
    interventions: [
      { put: { ...put, id: 208 }, answer: null },
      { put, answer },
    ],
    ...over,
  }
}

export function sampleDebates(text?: string): readonly DebateLine[] {
  return [{ debate: sampleDebate(text), project: sampleProject(text) }]
}
