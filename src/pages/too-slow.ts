import { Unavailable } from '../errors/app-error'

/** SQLSTATE query_canceled: the statement took longer than pages may. */
const QUERY_CANCELED = '57014'

/** Runs reads of a page; throws Unavailable where the database gives one of them up. */
export async function limitTime(read: () => Promise<void>): Promise<void> {
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
