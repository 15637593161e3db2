/** Pages show what is true for one visitor at one moment: no browser and no proxy keeps them. */
export const HTML_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
} as const
