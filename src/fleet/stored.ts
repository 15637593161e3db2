import type { AgentRecord, ProjectRecord } from '../db/schema'
import type { State } from '../log/state'
import type { Agent, Project } from './agent'
import { isDemoKey } from './demo-data'
import type { AgentMemory } from './machine/memory'
import type { ConfirmedBy, Overlay } from './state'

export interface WithUsage {
  usage?: [tokens: number, costUsd: number] | null
}

/** An agent as it is stored, in the words of the fleet. */
export function toAgent(record: AgentRecord & WithUsage): Agent {
  // What the recorder wrote itself.
  const memory = record.memory as AgentMemory
  return {
    id: record.id,
    projectId: record.project_id,
    parentId: record.parent_id,
    continuesId: record.continues_id,
    reporter: record.reporter,
    key: record.key,
    sessionId: record.session_id,
    name: record.name,
    title: record.title || memory.lastPrompt,
    agentType: record.agent_type,
    model: record.model,
    discoveredAt: record.discovered_at,
    lastSeenAt: record.last_seen_at,
    state: record.state as State,
    stateSince: record.state_since,
    confirmedAt: record.confirmed_at,
    confirmedBy: record.confirmed_by as ConfirmedBy,
    overlays: record.overlays as Overlay[],
    memory,
    archivedAt: record.archived_at,
    usage: record.usage ? { tokens: record.usage[0], costUsd: record.usage[1] } : null,
  }
}

export function toProject(record: ProjectRecord): Project {
  const { id, slug, name, host, path } = record
  return {
    id,
    slug,
    name,
    host,
    path,
    archivedAt: record.archived_at,
    mergedInto: record.merged_into,
    isDemo: isDemoKey(record.key),
  }
}
