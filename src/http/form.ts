import type { IncomingMessage } from 'node:http'
import { readBody, requireContentType } from './body'

const MAX_FORM_BYTES = 8 * 1024

/** The fields of a form as browsers send it. Throws WrongContentType or PayloadTooLarge. */
export async function readForm(
  incoming: IncomingMessage,
  maxBytes = MAX_FORM_BYTES,
): Promise<URLSearchParams> {
  requireContentType(incoming, ['application/x-www-form-urlencoded'])
  return new URLSearchParams(await readBody(incoming, maxBytes))
}
