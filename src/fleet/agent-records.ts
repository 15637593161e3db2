import type { Agent } from './agent'

interface Kept {
  readonly agent: Agent
  usedAt: number
}

/** More than all the pages that are open show of different agents, as a rule. */
const MAX_RECORDS = 10_000
/** Pages ask for what they show every half a minute at least. */
const UNUSED_MS = 120_000

/** Whole agents, cached while they are asked for; never older than the index. */
export class AgentRecords {
  /** In order of use, the latest last. */
  private readonly byId = new Map<number, Kept>()

  get size(): number {
    return this.byId.size
  }

  get(id: number): Agent | null {
    return this.byId.get(id)?.agent ?? null
  }

  set(agent: Agent): void {
    this.byId.delete(agent.id)
    this.byId.set(agent.id, { agent, usedAt: Date.now() })
    for (const id of this.byId.keys()) {
      if (this.byId.size <= MAX_RECORDS) return
      this.byId.delete(id)
    }
  }

  /** Replaces a cached agent; one that is not cached is left out. */
  replace(agent: Agent): void {
    const kept = this.byId.get(agent.id)
    if (kept) this.byId.set(agent.id, { ...kept, agent })
  }

  /** Keeps it for longer; false for an agent that is not here. */
  touch(id: number): boolean {
    const kept = this.byId.get(id)
    if (!kept) return false
    this.byId.delete(id)
    this.byId.set(id, { ...kept, usedAt: Date.now() })
    return true
  }

  delete(id: number): void {
    this.byId.delete(id)
  }

  deleteProject(projectId: number): void {
    for (const { agent } of this.byId.values()) {
      if (agent.projectId === projectId) this.byId.delete(agent.id)
    }
  }

  clear(): void {
    this.byId.clear()
  }

  /** Evicts agents that were not asked for lately. */
  forgetUnused(now: number): void {
    for (const [id, { usedAt }] of this.byId) {
      if (now - usedAt < UNUSED_MS) return
      this.byId.delete(id)
    }
  }
}
