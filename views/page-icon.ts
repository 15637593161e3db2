const AMBER = '#f0b429'
const DARK = '#2b1c00'
const LINES = 'M5 7h2M5 16h2M5 25h2M14 7h13M14 16h13M14 25h8'

/**
 * The icon of a tab while somebody waits, with their number up to 9, as an address that needs no
 * request. Empty for nobody: then the icon is the plain one.
 */
export function waitingIcon(waiting: number): string {
  if (waiting === 0) return ''
  const text = waiting > 9 ? '9+' : String(waiting)
  const width = waiting > 9 ? 27 : 21
  const x = 32 - width
  return `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="${LINES}" fill="none" stroke="#5577dd" stroke-width="4" stroke-linecap="round"/><rect x="${x}" y="11" width="${width}" height="21" rx="7" fill="${AMBER}"/><text x="${x + width / 2}" y="28" font-family="system-ui,sans-serif" font-size="18" font-weight="700" text-anchor="middle" fill="${DARK}">${text}</text></svg>`,
  )}`
}
