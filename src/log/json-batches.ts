import { TimeSlices } from './time-slices'

/** Of one statement: writing its parameters to the database takes a few milliseconds at most. */
const BATCH_ROWS = 500
const BATCH_CHARS = 256 * 1024

interface JsonBatch<Row> {
  readonly rows: Row[]
  /** One JSON text for each row. */
  readonly texts: string[]
}

/** Cuts rows into batches for a statement each, and makes their JSON in slices of the event loop. */
export async function jsonBatches<Row>(
  rows: readonly Row[],
  contentOf: (row: Row) => unknown,
): Promise<JsonBatch<Row>[]> {
  const batches: JsonBatch<Row>[] = []
  const slices = new TimeSlices()
  let batch: JsonBatch<Row> | null = null
  let chars = 0
  for (const row of rows) {
    const text = JSON.stringify(contentOf(row))
    chars += text.length
    if (batch === null || batch.rows.length === BATCH_ROWS || chars > BATCH_CHARS) {
      batch = { rows: [], texts: [] }
      batches.push(batch)
      chars = text.length
    }
    batch.rows.push(row)
    batch.texts.push(text)
    if (slices.isOver) await slices.yield()
  }
  return batches
}
