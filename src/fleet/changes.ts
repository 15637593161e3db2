import { type Kysely, sql } from 'kysely'
import type { AgentRecord, Schema } from '../db/schema'
import { appendEvents, type NewEvent } from '../log/append'
import type { JsonObject } from '../log/event-row'
import { jsonBatches } from '../log/json-batches'
import type { DerivedEvent } from './machine/change'
import { deriveState } from './machine/derive-state'
import { dueAt } from './machine/due'
import { type AgentMemory, BOUNDS, type Turn } from './machine/memory'
import type { ConfirmedBy } from './state'
import { cutText } from './text'

/** An agent's row while a transaction works on it. */
export interface AgentRecordUpdate extends Omit<AgentRecord, 'memory'> {
  memory: AgentMemory
}

interface TurnDraft extends Turn {
  agentId: number
  prompt: string
}

/** Of one statement, which takes a few milliseconds to put together. */
const TURNS_AT_ONCE = 200

/**
 * What a transaction is going to write: agents, turns and rows of the log, gathered in memory and
 * written in batches, the log last.
 */
export class Changes {
  private readonly agents = new Map<number, AgentRecordUpdate>()
  private readonly turns = new Map<string, TurnDraft>()
  private readonly events: NewEvent[] = []

  constructor(
    /** The transaction's time, by the database's clock. */
    readonly at: number,
  ) {}

  get eventCount(): number {
    return this.events.length
  }

  /**
   * Gives the agent its new memory, and all that follows from it; `by` null confirms nothing.
   * `prompt` is what a person just asked for, else empty.
   */
  updateAgent(
    agent: AgentRecordUpdate,
    memory: AgentMemory,
    by: ConfirmedBy | null,
    prompt = '',
  ): void {
    const { state, overlays } = deriveState(memory, this.at)
    const now = new Date(this.at)
    this.noteTurns(agent, memory, cutText(prompt, BOUNDS.text))
    if (state !== agent.state) agent.state_since = now
    agent.state = state
    agent.overlays = overlays
    agent.memory = memory
    if (by !== null) {
      agent.confirmed_at = now
      agent.confirmed_by = by
    }
    if (by === 'hook' || by === 'report') agent.last_seen_at = now
    this.agents.set(agent.id, agent)
  }

  /** Adds rows that the state machine asks for, about the agent as it is now. */
  addFacts(agent: AgentRecordUpdate, facts: readonly DerivedEvent[]): void {
    for (const { type, summary, data, turnId } of facts) {
      this.addEvent({ agent, type, summary, data, turnId, reportedAt: null })
    }
  }

  addEvent(event: {
    agent: AgentRecordUpdate
    type: string
    summary: string
    data: JsonObject
    turnId: string | null
    reportedAt: Date | null
  }): void {
    const { agent, ...row } = event
    const parent: JsonObject = agent.parent_id === null ? {} : { parent_agent_id: agent.parent_id }
    this.events.push({
      ...row,
      data: { ...parent, ...row.data },
      projectId: agent.project_id,
      agentId: agent.id,
      state: agent.state,
    })
  }

  /** Adds a row that is about a project as a whole. */
  addProjectEvent(
    event: Pick<NewEvent, 'type' | 'summary' | 'data' | 'projectId' | 'reportedAt'>,
  ): void {
    this.events.push({ ...event, agentId: null, turnId: null, state: null })
  }

  /** Writes it all and returns the ids of the rows, in the order in which they were added. */
  async write(trx: Kysely<Schema>): Promise<number[]> {
    // In the order of ids: a session's row before those that refer to it as their parent.
    const agents = [...this.agents.values()].sort((a, b) => a.id - b.id)
    for (const agent of agents) {
      const due = dueAt(agent.memory, this.at)
      agent.due_at = due === null ? null : new Date(due)
    }
    await upsertAgents(trx, agents)
    await upsertTurns(trx, [...this.turns.values()])
    return appendEvents(trx, this.events)
  }

  /** A turn that another one replaced is over, however it was closed. */
  private noteTurns(agent: AgentRecordUpdate, memory: AgentMemory, prompt: string): void {
    const before = agent.memory.turn
    const { turn } = memory
    if (before && before.id !== turn?.id && before.closedAt === null) {
      this.recordTurn(agent, { ...before, closedAt: this.at, outcome: 'interrupted' }, '')
    }
    const isNew = prompt !== '' || JSON.stringify(turn) !== JSON.stringify(before)
    if (turn && isNew) this.recordTurn(agent, turn, prompt)
  }

  /** The first prompt of a turn is what it is about. */
  private recordTurn(agent: AgentRecordUpdate, turn: Turn, prompt: string): void {
    const known = this.turns.get(turn.id)?.prompt
    this.turns.set(turn.id, { ...turn, agentId: agent.id, prompt: known || prompt })
  }
}

async function upsertAgents(
  trx: Kysely<Schema>,
  agents: readonly AgentRecordUpdate[],
): Promise<void> {
  for (const { texts } of await jsonBatches(agents, (agent) => agent)) {
    await upsertAgentBatch(trx, `[${texts.join(',')}]`)
  }
}

async function upsertAgentBatch(trx: Kysely<Schema>, json: string): Promise<void> {
  await sql`
    INSERT INTO agents AS old (id, project_id, parent_id, continues_id, reporter, key, session_id,
      name, title, agent_type, model, discovered_at, last_seen_at, state, state_since, confirmed_at,
      confirmed_by, overlays, memory, due_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, project_id, parent_id, continues_id, reporter, key, session_id, name, title,
      agent_type, model, discovered_at, last_seen_at, state, state_since, confirmed_at, confirmed_by,
      ARRAY(SELECT jsonb_array_elements_text(overlays)), memory, due_at
    FROM jsonb_to_recordset(${json}::jsonb) AS new (id bigint, project_id bigint,
      parent_id bigint, continues_id bigint, reporter text, key text, session_id text, name text,
      title text, agent_type text, model text, discovered_at timestamptz, last_seen_at timestamptz,
      state text, state_since timestamptz, confirmed_at timestamptz, confirmed_by text,
      overlays jsonb, memory jsonb, due_at timestamptz)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, title = excluded.title,
      agent_type = excluded.agent_type, model = excluded.model, last_seen_at = excluded.last_seen_at,
      continues_id = coalesce(old.continues_id, excluded.continues_id),
      state = excluded.state, state_since = excluded.state_since,
      confirmed_at = excluded.confirmed_at, confirmed_by = excluded.confirmed_by,
      overlays = excluded.overlays, memory = excluded.memory,
      due_at = excluded.due_at`.execute(trx)
}

async function upsertTurns(trx: Kysely<Schema>, turns: readonly TurnDraft[]): Promise<void> {
  for (let i = 0; i < turns.length; i += TURNS_AT_ONCE) {
    await upsertTurnBatch(trx, turns.slice(i, i + TURNS_AT_ONCE))
  }
}

async function upsertTurnBatch(trx: Kysely<Schema>, turns: readonly TurnDraft[]): Promise<void> {
  const rows = turns.map((turn) => ({
    id: turn.id,
    agent_id: turn.agentId,
    opened_at: new Date(turn.openedAt),
    closed_at: turn.closedAt === null ? null : new Date(turn.closedAt),
    outcome: turn.outcome,
    error: turn.error,
    prompt: turn.prompt,
    prompt_id: turn.promptId,
  }))
  await trx
    .insertInto('turns')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((row) => ({
        closed_at: row.ref('excluded.closed_at'),
        outcome: row.ref('excluded.outcome'),
        error: row.ref('excluded.error'),
        prompt_id: row.ref('excluded.prompt_id'),
        prompt: sql`CASE turns.prompt WHEN '' THEN excluded.prompt ELSE turns.prompt END`,
      })),
    )
    .execute()
}
