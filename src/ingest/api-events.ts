import { z } from 'zod'
import { EVENT_TYPE } from '../fleet/page-filter'
import type { Report } from '../fleet/report'
import type { Signal } from '../fleet/signal'
import { STATES } from '../fleet/state'
import { firstLine } from '../fleet/text'
import type { JsonObject } from '../log/event-row'
import { BadReport } from './bad-report'
import { clean } from './clean'
import { toIdentifier } from './identifier'
import { projectOfWorkspace } from './workspace'

/** Frames of ours have these names: a row of the same name could not be told from them. */
const RESERVED_TYPES = new Set([
  'error',
  'reset',
  'close',
  'open',
  'message',
  'connected',
  'heartbeat',
  'hb',
  'patch',
  'metrics',
  'new_item',
  'complete',
  // Only Muster itself knows these.
  'state_transition',
  'turn_detected',
  'session_discovered',
  'session_ended',
  'project_changed',
  'agent_updated',
])

const MAX_ITEMS = 5_000
const name = z.string().trim().min(1).max(200)

const item = z.looseObject({
  type: z
    .string()
    .regex(EVENT_TYPE, 'has to match [a-z][a-z0-9_.-]{0,63}')
    .refine((type) => !RESERVED_TYPES.has(type), 'is reserved for Muster itself'),
  project: name,
  agent: name.nullish(),
  state: z.enum(STATES).nullish(),
  message: z.string().nullish(),
  summary: z.string().nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
  timestamp: z.iso.datetime({ offset: true }).nullish(),
  host: name.nullish(),
  usage: z.record(z.string(), z.unknown()).nullish(),
  dedupe_key: name.nullish(),
})
type Item = z.infer<typeof item>

const KNOWN_FIELDS = Object.keys(item.shape)

/**
 * Turns what a program POSTs to `/api/events` (one object, or an array of them) into reports. All or
 * nothing: throws BadReport naming the first bad item and its field.
 */
export function parseApiEvents(body: unknown, context: { host: string | null }): Report[] {
  if (!Array.isArray(body)) return [toReport(parseItem(body, null), context)]
  if (body.length === 0) throw new BadReport('There is no event in the request', null)
  if (body.length > MAX_ITEMS) {
    throw new BadReport(
      `A request may have at most ${MAX_ITEMS} events, this one has ${body.length}`,
      null,
    )
  }
  return body.map((value, index) => toReport(parseItem(value, index), context))
}

function parseItem(value: unknown, index: number | null): Item {
  const parsed = item.safeParse(clean(value))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.') || null
    throw new BadReport(`${field ?? 'event'}: ${issue?.message ?? 'is wrong'}`, field, index)
  }
  if (parsed.data.state && !parsed.data.agent) {
    throw new BadReport('agent: a state needs the agent that is in it', 'agent', index)
  }
  return parsed.data
}

function toReport(value: Item, context: { host: string | null }): Report {
  const host = value.host ?? context.host
  const project = projectOf(value.project, host)
  return {
    reporter: 'api',
    project,
    agent: value.agent ? agentOf(value.agent, project.key) : null,
    promptId: null,
    signal: signalOf(value),
    event: { type: value.type, summary: summaryOf(value), data: dataOf(value) },
    confirmedBy: 'report',
    dedupeKey: value.dedupe_key ?? null,
    reportedAt: value.timestamp ? new Date(value.timestamp) : null,
  }
}

function agentOf(agent: string, projectKey: string): Report['agent'] {
  return {
    key: toIdentifier(`api/${projectKey}/${agent}`),
    sessionId: toIdentifier(agent),
    parentKey: null,
    name: firstLine(agent, 200),
    title: null,
    agentType: null,
    model: null,
  }
}

/** A path or the address of a repository is a project that hooks report too; else it is a name. */
function projectOf(project: string, host: string | null): Report['project'] {
  if (/^(\/|[a-zA-Z]:[\\/])/.test(project)) {
    return projectOfWorkspace({ repository: null, host, directory: project })
  }
  if (/^(\w+:\/\/|git@)/.test(project)) {
    return projectOfWorkspace({ repository: project, host, directory: null })
  }
  return {
    key: toIdentifier(`name:${project}`),
    name: firstLine(project, 100),
    host: null,
    path: null,
  }
}

function signalOf({ state, message, summary }: Item): Signal {
  if (!state) return { kind: 'noted' }
  return { kind: 'state_reported', state, summary: summary ?? message ?? '' }
}

function summaryOf({ summary, message, type }: Item): string {
  return firstLine(summary ?? message ?? '', 200) || type
}

/** The fields that have a meaning under their own names; the rest as it came. */
function dataOf(value: Item): JsonObject {
  const { message, data, usage, host } = value
  const extra = Object.entries(value).filter(([key]) => !KNOWN_FIELDS.includes(key))
  const facts = Object.entries({ message, data, usage, host }).filter(([, fact]) => fact != null)
  const whole = extra.length > 0 ? [...facts, ['payload', Object.fromEntries(extra)]] : facts
  return clean(Object.fromEntries(whole)) as JsonObject
}
