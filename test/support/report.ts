import type { Signal, ToolCall } from '../../src/fleet/machine/signal'
import type { Report, ReportedProject } from '../../src/fleet/report'
import type { JsonObject } from '../../src/log/event-row'

export interface Said {
  project?: string | ReportedProject
  /** Null for a report about a project as a whole. */
  session?: string | null
  /** The id of a child of the session. */
  child?: string
  signal?: Signal
  type?: string
  prompt?: string
  key?: string
  summary?: string
  data?: JsonObject
}

/** A report as an adapter would make it; without anything said, a sign of life of session `one`. */
export function reportOf(said: Said = {}): Report {
  const { project = 'muster', session = 'one', child, signal = { kind: 'noted' } } = said
  const sessionKey = `test/${session}`
  return {
    reporter: 'test',
    project: typeof project === 'string' ? projectOf(project) : project,
    agent:
      session === null
        ? null
        : {
            key: child === undefined ? sessionKey : `${sessionKey}/${child}`,
            sessionId: session,
            parentKey: child === undefined ? null : sessionKey,
            name: null,
            title: null,
            agentType: null,
            model: null,
          },
    promptId: said.prompt ?? null,
    signal,
    event: {
      type: said.type ?? 'test_event',
      summary: said.summary ?? 'said something',
      data: said.data ?? {},
    },
    confirmedBy: 'hook',
    dedupeKey: said.key ?? null,
    reportedAt: null,
  }
}

export function projectOf(name: string, key = `path::/srv/${name}`): ReportedProject {
  return { key, name, host: null, path: `/srv/${name}` }
}

export function prompted(text: string): Signal {
  return { kind: 'prompted', text, injected: false }
}

export function toolOf(key: string, name = 'Bash'): ToolCall {
  return { key, name, hash: `hash ${key}`, summary: 'ls', limitMs: null, keyIsHash: false }
}

export const STOPPED: Signal = { kind: 'turn_finished', message: 'Done.', background: [] }
export const CHILD_STARTED: Signal = { kind: 'child_started' }
