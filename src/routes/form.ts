import type { IncomingMessage } from 'node:http'
import { readBody, requireContentType } from './body'

const MAX_FORM_BYTES = 8 * 1024

/** The fields of a page's own form. */
export async function readForm(incoming: IncomingMessage): Promise<URLSearchParams> {
  requireContentType(incoming, ['application/x-www-form-urlencoded'])
  return new URLSearchParams(await readBody(incoming, MAX_FORM_BYTES))
}
