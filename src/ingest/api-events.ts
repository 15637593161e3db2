import { z } from 'zod'
import { BadInput } from '../errors/app-error'
import { EVENT_TYPE } from '../filter/values'
import type { Signal } from '../fleet/machine/signal'
import type { Report } from '../fleet/report'
import { firstLine } from '../fleet/text'
import type { JsonObject } from '../log/event-row'
import { ACCESS_TYPES } from '../log/scope'
import { STATES } from '../log/state'
import { clean } from './clean'
import { cleanString } from './clean-string'
import { isObject } from './hook-payload'
import { toIdentifier } from './identifier'
import { parseUsage } from './usage'
import { projectCalled } from './workspace'

/** Names of the streams' own frames: a row of that type could not be distinguished from them. */
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
  'log_restored',
  'usage_reported',
  'view_changed',
  'debate_created',
  'utterance',
  'phase_transition',
  'intervention',
  'intervention_response',
  'pause',
  'resume',
])

const MAX_ITEMS = 5_000
const MAX_TEXT_BYTES = 8192

/** Three bytes a character at most, so that nothing is cut: only made storable. */
const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .transform((text) => cleanString(text, 600))
const words = z.string().transform((text) => cleanString(text, MAX_TEXT_BYTES))
/** Kept as it is: zod's records lose fields that are named like parts of JavaScript's objects. */
const object = z.custom<Readonly<Record<string, unknown>>>(isObject, 'has to be an object')

const item = z.object({
  type: z
    .string()
    .regex(EVENT_TYPE, 'has to match [a-z][a-z0-9_.-]{0,63}')
    .refine((type) => !isReserved(type), 'is reserved for Muster itself'),
  project: name,
  agent: name.nullish(),
  state: z.enum(STATES).nullish(),
  message: words.nullish(),
  summary: words.nullish(),
  data: object.nullish(),
  timestamp: z.iso.datetime({ offset: true }).nullish(),
  host: name.nullish(),
  usage: object.nullish(),
  dedupe_key: name.nullish(),
})
type Item = z.infer<typeof item>

function isReserved(type: string): boolean {
  return RESERVED_TYPES.has(type) || type.startsWith(ACCESS_TYPES)
}

const KNOWN_FIELDS = new Set(Object.keys(item.shape))

/**
 * Turns what a program POSTs to `/api/events` (one object, or an array of them) into reports. All or
 * nothing: throws BadInput naming the first bad item and its field.
 */
export function parseApiEvents(body: unknown, context: { host: string | null }): Report[] {
  if (!Array.isArray(body)) return [toReport(body, null, context)]
  if (body.length === 0) throw new BadInput(null, 'There is no event in the request')
  if (body.length > MAX_ITEMS) {
    throw new BadInput(
      null,
      `A request may have at most ${MAX_ITEMS} events, this one has ${body.length}`,
    )
  }
  return body.map((value, index) => toReport(value, index, context))
}

function parseItem(value: unknown, index: number | null): Item {
  const parsed = item.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.') || null
    throw new BadInput(field, `${field ?? 'event'}: ${issue?.message ?? 'is wrong'}`, { index })
  }
  if (parsed.data.state && !parsed.data.agent) {
    throw new BadInput('agent', 'agent: a state needs the agent that is in it', { index })
  }
  return parsed.data
}

function toReport(value: unknown, index: number | null, context: { host: string | null }): Report {
  const parsed = parseItem(value, index)
  const { type, agent, timestamp } = parsed
  const project = projectCalled(parsed.project, parsed.host ?? context.host)
  const { usage, rest } = parseUsage(parsed.usage ?? {}, index)
  const kept = usage && Object.keys(rest).length === 0 ? null : parsed.usage && rest
  return {
    reporter: 'api',
    project,
    agent: agent ? agentOf(agent, project.key) : null,
    promptId: null,
    signal: signalOf(parsed),
    event: {
      type,
      summary: summaryOf(parsed),
      data: dataOf({ ...parsed, usage: kept }, othersOf(value)),
    },
    ...(usage && { usage }),
    confirmedBy: 'report',
    dedupeKey: parsed.dedupe_key ?? null,
    reportedAt: timestamp ? new Date(timestamp) : null,
  }
}

/** Names may have slashes in them: the agent's gets others, or it could run into the project's. */
function agentOf(agent: string, projectKey: string): Report['agent'] {
  const own = agent.replaceAll('%', '%25').replaceAll('/', '%2F')
  return {
    key: toIdentifier(`api/${own}/${projectKey}`),
    sessionId: toIdentifier(agent),
    parentKey: null,
    name: firstLine(agent, 200),
    title: null,
    agentType: null,
    model: null,
  }
}

function signalOf({ state, message, summary }: Item): Signal {
  if (!state) return { kind: 'noted' }
  return { kind: 'state_reported', state, summary: summary || message || '' }
}

function summaryOf({ summary, message, type }: Item): string {
  return firstLine(summary ?? '', 200) || firstLine(message ?? '', 200) || type
}

/** The fields that have no meaning here. */
function othersOf(value: unknown): [string, unknown][] {
  return Object.entries(Object(value)).filter(([key]) => !KNOWN_FIELDS.has(key))
}

/** The fields that have a meaning under their own names; the others as they came. */
function dataOf({ message, data, usage, host }: Item, others: [string, unknown][]): JsonObject {
  const facts: [string, unknown][] = Object.entries({ message, data, usage, host })
  if (others.length > 0) facts.push(['payload', Object.fromEntries(others)])
  const known = facts.filter(([, fact]) => fact !== null && fact !== undefined)
  return clean(Object.fromEntries(known)) as JsonObject
}
