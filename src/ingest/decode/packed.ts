import { deserialize, serialize } from 'node:v8'
import { TimeSlices } from '../../log/time-slices'
import { BadReport } from '../bad-report'
import { Malformed } from '../json-text'

/** Reports that are unpacked in one go: a few milliseconds' worth, however large they are. */
const CHUNK = 50

/** What a worker answers: bytes, because unpacking is the receiving thread's own work. */
export type Packed =
  | {
      readonly outcome: 'decoded'
      /** What was decoded, without its `reports`. */
      readonly rest: Uint8Array
      /** Its `reports`, some in each. */
      readonly chunks: readonly Uint8Array[]
    }
  | { readonly outcome: 'malformed'; readonly message: string }
  | {
      readonly outcome: 'bad report'
      readonly message: string
      readonly field: string | null
      readonly index: number | null
    }

/** Packs what `decode` returns, or the error of a bad body. Throws any other error. */
export function pack(decode: () => unknown): Packed {
  try {
    const decoded = decode()
    if (!hasReports(decoded)) return { outcome: 'decoded', rest: serialize(decoded), chunks: [] }
    const { reports, ...rest } = decoded
    const chunks: Uint8Array[] = []
    for (let i = 0; i < reports.length; i += CHUNK) {
      chunks.push(serialize(reports.slice(i, i + CHUNK)))
    }
    return { outcome: 'decoded', rest: serialize({ ...rest, reports: [] }), chunks }
  } catch (error) {
    if (error instanceof Malformed) return { outcome: 'malformed', message: error.message }
    if (!(error instanceof BadReport)) throw error
    const { message, field, index } = error
    return { outcome: 'bad report', message, field, index }
  }
}

/** What `pack` was given, in slices of the event loop. Throws the same Malformed and BadReport. */
export async function unpack(packed: Packed): Promise<unknown> {
  if (packed.outcome === 'malformed') throw new Malformed(packed.message)
  if (packed.outcome === 'bad report') {
    throw new BadReport(packed.message, packed.field, packed.index)
  }
  const decoded: unknown = deserialize(packed.rest)
  if (!hasReports(decoded)) return decoded
  const slices = new TimeSlices()
  for (const chunk of packed.chunks) {
    decoded.reports.push(...(deserialize(chunk) as unknown[]))
    if (slices.isOver) await slices.yield()
  }
  return decoded
}

/** The bytes that move to the other thread instead of being copied. */
export function transfersOf(packed: Packed): ArrayBuffer[] {
  if (packed.outcome !== 'decoded') return []
  return [packed.rest, ...packed.chunks].map(({ buffer }) => buffer as ArrayBuffer)
}

function hasReports(value: unknown): value is { reports: unknown[] } {
  return typeof value === 'object' && value !== null && Array.isArray(Reflect.get(value, 'reports'))
}
