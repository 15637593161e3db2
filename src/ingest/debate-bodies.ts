import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { NewDebate } from '../debates/begin'
import {
  INTERVENTION_TYPES,
  PHASES,
  type Phase,
  SIDES,
  SPEAKERS,
  type Speaker,
} from '../debates/debate'
import type { NewIntervention } from '../debates/interventions'
import type { NewUtterance } from '../debates/moves'
import { BadInput } from '../errors/app-error'
import { parseUuid } from '../log/uuid'
import { cleanString } from './clean-string'
import { projectCalled } from './workspace'

/** What one turn may hold, as UTF-8. */
const MAX_UTTERANCE_BYTES = 64 * 1024
const MAX_INTERVENTION_BYTES = 8 * 1024
const MAX_POSITION_BYTES = 4 * 1024
const MAX_REASON_BYTES = 2 * 1024
const MAX_TITLE = 200

/** Says something, and no more than so many bytes; what cannot be stored is replaced. */
function words(maxBytes: number) {
  return z
    .string()
    .refine((text) => text.trim() !== '', 'may not be empty')
    .refine((text) => Buffer.byteLength(text) <= maxBytes, `may have at most ${maxBytes} bytes`)
    .transform((text) => cleanString(text, maxBytes * 3))
}

const name = z
  .string()
  .trim()
  .min(1)
  .max(MAX_TITLE)
  .transform((text) => cleanString(text, MAX_TITLE * 3))
const uuid = z
  .string()
  .refine((text) => parseUuid(text) !== null, 'has to be a UUID')
  .transform((text) => text.toLowerCase())
const agent = z.union([z.number().int().positive(), name])
const side = z.strictObject({
  position: words(MAX_POSITION_BYTES),
  agent: agent.nullish(),
})

const debate = z.strictObject({
  id: uuid.optional(),
  project: name,
  host: name.nullish(),
  title: name,
  sides: z.strictObject({ pro: side, con: side, moderator: side.optional() }),
  speaker: z.enum(SPEAKERS).default('pro'),
})
const utterance = z.strictObject({
  id: uuid.optional(),
  speaker: z.enum(SPEAKERS),
  phase: z.enum(PHASES).nullish(),
  content: words(MAX_UTTERANCE_BYTES),
})
const phase = z.strictObject({ phase: z.enum(PHASES), speaker: z.enum(SPEAKERS).nullish() })
const stop = z.strictObject({ reason: words(MAX_REASON_BYTES).nullish() })
const intervention = z.strictObject({
  id: uuid.optional(),
  type: z.enum(INTERVENTION_TYPES),
  content: words(MAX_INTERVENTION_BYTES),
  directedTo: z.enum(SIDES).nullish(),
})
const response = z.strictObject({
  response: words(MAX_UTTERANCE_BYTES),
  speaker: z.enum(SPEAKERS),
})

/** What opens a debate. Throws BadInput, as all of these do. */
export function parseDebate(body: unknown, context: { host: string | null }): NewDebate {
  const { id, project, host, title, sides, speaker } = parse(debate, body)
  const { pro, con, moderator } = sides
  return {
    id: id ?? randomUUID(),
    project: projectCalled(project, host ?? context.host),
    title,
    sides: {
      pro: { ...pro, agent: pro.agent ?? null },
      con: { ...con, agent: con.agent ?? null },
      ...(moderator && { moderator: { ...moderator, agent: moderator.agent ?? null } }),
    },
    speaker,
  }
}

export function parseUtterance(body: unknown): NewUtterance {
  const { id, phase: at, ...said } = parse(utterance, body)
  return { ...said, id: id ?? randomUUID(), phase: at ?? null }
}

export function parsePhase(body: unknown): { phase: Phase; speaker: Speaker | null } {
  const { phase: to, speaker } = parse(phase, body)
  return { phase: to, speaker: speaker ?? null }
}

/** The reason for a pause or its end; null where none is given. */
export function parseReason(body: unknown): string | null {
  return parse(stop, body).reason ?? null
}

export function parseNothing(body: unknown): void {
  parse(z.strictObject({}), body)
}

export function parseIntervention(body: unknown): NewIntervention {
  const { id, directedTo, ...put } = parse(intervention, body)
  return { ...put, id: id ?? randomUUID(), directedTo: directedTo ?? null }
}

export function parseResponse(body: unknown): { response: string; speaker: Speaker } {
  return parse(response, body)
}

function parse<T extends z.ZodType>(shape: T, body: unknown): z.infer<T> {
  const parsed = shape.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') || null
  throw new BadInput(field, `${field ?? 'body'}: ${issue?.message ?? 'is wrong'}`)
}
