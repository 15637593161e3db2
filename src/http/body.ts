import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AppError, BadInput, Unavailable } from '../errors/app-error'

/** What all requests together may hold of bodies that are not parsed yet. */
const MAX_PENDING_BYTES = 128 * 1024 * 1024
let pendingBytes = 0

const UTF_8 = /^charset=("?)utf-?8\1$/

const unpack = promisify(gunzip)

/** Reads a request's body as text, as `readBytes` reads it. */
export async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(incoming, maxBytes))
}

/** Unpacks a body, which may have at most `maxBytes` then. */
export async function inflate(packed: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unpack(packed, { maxOutputLength: maxBytes })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw new BadInput(null, 'The body is not what gzip makes')
  }
}

/**
 * Reads a request's body straight from the socket. Refuses what is longer than `maxBytes`
 * as soon as that is known, whatever length was announced.
 */
export async function readBytes(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length
      pendingBytes += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      if (pendingBytes > MAX_PENDING_BYTES) {
        throw new Unavailable('Too many large reports are arriving at once', 1)
      }
      chunks.push(chunk)
    }
  } catch (error) {
    // Its code would be taken for a lost connection to the database.
    throw incoming.errored === error ? new BadInput(null, 'The request broke off') : error
  } finally {
    pendingBytes -= length
  }
  return Buffer.concat(chunks, length)
}

/** The media type of the request, if it is one of `allowed`. Bodies are packed as `encodings` say only. */
export function requireContentType<T extends string>(
  incoming: IncomingMessage,
  allowed: readonly T[],
  encodings: readonly string[] = [],
): T {
  const [type, ...parameters] = (incoming.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const found = allowed.find((candidate) => candidate === type)
  const encoding = incoming.headers['content-encoding'] ?? 'identity'
  if (!found) throw new AppError(415, `Content-Type has to be ${allowed.join(' or ')}`)
  if (encoding !== 'identity' && !encodings.includes(encoding))
    throw new AppError(415, 'Content-Encoding is not supported here')
  if (parameters.some((parameter) => /^charset=/.test(parameter) && !UTF_8.test(parameter)))
    throw new AppError(415, 'The text has to be encoded in UTF-8')
  return found
}

function tooLarge(maxBytes: number): AppError {
  return new AppError(413, `A body may have at most ${maxBytes} bytes`)
}
