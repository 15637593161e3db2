import type { Generated, GeneratedAlways, Selectable } from 'kysely'

/** What the migrations made, as kysely has to know it. Ids are numbers: they stay below 2^53. */
export interface Schema {
  projects: {
    id: GeneratedAlways<number>
    key: string
    slug: string
    name: string
    host: string | null
    path: string | null
    created_at: Generated<Date>
    archived_at: Generated<Date | null>
    merged_into: Generated<number | null>
  }
  agents: {
    id: GeneratedAlways<number>
    project_id: number
    parent_id: number | null
    continues_id: number | null
    reporter: string
    key: string
    session_id: string
    name: string
    title: string
    agent_type: string | null
    model: string | null
    discovered_at: Generated<Date>
    last_seen_at: Date
    state: string
    state_since: Date
    confirmed_at: Date
    confirmed_by: string
    overlays: string[]
    memory: unknown
    archived_at: Generated<Date | null>
    due_at: Generated<Date | null>
  }
  turns: {
    id: string
    agent_id: number
    opened_at: Date
    closed_at: Date | null
    outcome: string | null
    error: string | null
    prompt: string
    prompt_id: string | null
  }
  report_keys: { project_id: number; key: string; at: Generated<Date> }
  events: {
    id: GeneratedAlways<number>
    at: Generated<Date>
    reported_at: Date | null
    type: string
    project_id: number | null
    agent_id: number | null
    debate_id: string | null
    turn_id: string | null
    actor_id: string | null
    target_id: string | null
    target_type: string | null
    state: string | null
    summary: string
    data: unknown
  }
  users: {
    id: string
    name: string
    email: string
    created_at: Generated<Date>
    updated_at: Generated<Date>
    role: Generated<string>
    project_ids: number[] | null
    disabled_at: Date | null
    password_hash: string | null
    password_is_temporary: Generated<boolean>
  }
  debates: {
    id: string
    project_id: number
    title: string
    status: string
    phase: string
    speaker: string
    turn_number: Generated<number>
    intervention_count: Generated<number>
    created_at: Date
    paused_at: Date | null
    paused_ms: Generated<number>
    completed_at: Date | null
  }
  debate_sides: {
    debate_id: string
    speaker: string
    position: string
    agent_id: number | null
  }
  debate_entries: {
    event_id: number
    debate_id: string
    at: Date
    type: string
    agent_id: number | null
    data: unknown
  }
  sessions: {
    id: string
    token: string
    user_id: string
    expires_at: Date
    created_at: Generated<Date>
    updated_at: Generated<Date>
  }
  auth_secret: { singleton: Generated<boolean>; secret: string }
  tokens: {
    id: Generated<string>
    name: string
    hash: string
    permissions: string[]
    project_ids: number[] | null
    created_by: string
    created_at: Generated<Date>
    last_used_at: Date | null
    expires_at: Date | null
    revoked_at: Date | null
  }
  ingest_liveness: { singleton: Generated<boolean>; since: Date; seen_at: Date }
  retention_clock: {
    singleton: Generated<boolean>
    seen_at: Date
    believed_at: Date
    doubted_ms: Generated<number>
  }
  event_search: { event_id: number; words: string }
  event_search_position: { indexed_through: number }
  log_floor: { first_id: number; trimmed_through: number }
  event_counts: { minute: Date; project_id: number; type: string; count: number }
  event_quarters: { quarter: Date; project_id: number; type: string; count: number }
  event_totals: { project_id: number; type: string; count: number }
  saved_views: {
    id: string
    owner: string
    name: string
    filters: unknown
    created_at: Generated<Date>
    updated_at: Generated<Date>
  }
}

export type AgentRecord = Selectable<Schema['agents']>
export type ProjectRecord = Selectable<Schema['projects']>
export type TurnRecord = Selectable<Schema['turns']>
export type DebateRecord = Selectable<Schema['debates']>
