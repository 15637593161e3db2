/** The server takes so many topics in one stream. */
export const MAX_TOPICS = 16
/** Servers and proxies take addresses of 8 KiB, and there are headers to send as well. */
const MAX_URL_CHARS = 4_000

/** Where topics are streamed, and polled; equal sets have equal addresses. */
export function liveUrl(topics: readonly string[]): string {
  const query = new URLSearchParams([...topics].sort().map((topic) => ['topic', topic]))
  return `/live?${query}`
}

/** The topics of as many pages, in the order given and without doubles, as one stream can carry. */
export function topicsThatFit(pages: Iterable<readonly string[]>): string[] {
  let fit: string[] = []
  for (const topics of pages) {
    const more = [...new Set([...fit, ...topics])]
    const isRoom = more.length <= MAX_TOPICS && liveUrl(more).length <= MAX_URL_CHARS
    if (fit.length === 0 || isRoom) fit = more
  }
  return fit
}

/** The one that has seen less; an unknown cursor loses against any other. */
export function olderCursor(a: string, b: string): string {
  if (a === '' || b === '') return a || b
  return Number(a) <= Number(b) ? a : b
}
