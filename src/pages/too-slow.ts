import { Unavailable } from '../errors/app-error'
import type { LivePage } from '../stream/page-lane'

/** SQLSTATE query_canceled: the statement took longer than pages may. */
const QUERY_CANCELED = '57014'

/** The same page; where the database gives up one of its reads, `load` and `update` throw Unavailable. */
export function withTimeLimit<P extends LivePage>(page: P): P {
  const load = page.load.bind(page)
  const update = page.update.bind(page)
  return Object.assign(page, {
    load: (through: number) => named(() => load(through)),
    update: (rows: Parameters<LivePage['update']>[0]) => named(async () => update(rows)),
  })
}

async function named(read: () => Promise<void>): Promise<void> {
  try {
    await read()
  } catch (error) {
    const isCanceled = error instanceof Error && 'code' in error && error.code === QUERY_CANCELED
    if (!isCanceled) throw error
    throw new Unavailable(
      'This page takes too long to read; narrow its filter, or try again',
      5,
      error,
    )
  }
}
