import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { BadInput } from '../errors/app-error'
import { parseJson } from '../ingest/json-text'
import { readBody, requireContentType } from './body'

const MAX_BYTES = 64 * 1024
/** An unknown name can be as long as the body. */
const MAX_FIELD = 100

/** Reads a small JSON body by its schema. Throws BadInput with the first field that is wrong. */
export async function readJsonBody<T>(incoming: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  requireContentType(incoming, ['application/json'])
  return parseBy(schema, parseJson(await readBody(incoming, MAX_BYTES)))
}

/** Throws BadInput with the first field that is wrong. */
function parseBy<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const field = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])]
    .join('.')
    .slice(0, MAX_FIELD)
  const reason = unknown === undefined ? (issue?.message ?? 'is wrong') : 'is unknown'
  throw new BadInput(field || 'body', `${field || 'The body'}: ${reason}`)
}
