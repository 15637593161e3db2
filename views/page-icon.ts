const AMBER = '#f0b429'
const DARK = '#2b1c00'
const LINES = 'M5 7h2M5 16h2M5 25h2M14 7h13M14 16h13M14 25h8'

/**
 * The icon of a tab while sessions wait, with their number up to 9, as an address that needs no
 * request. Empty for none: then the icon is the plain one.
 */
export function waitingIcon(waiting: number): string {
  if (waiting === 0) return ''
  const [text, width, size] = waiting > 9 ? ['9+', 32, 20] : [String(waiting), 25, 22]
  const badge = `<rect x="${32 - width}" y="8" width="${width}" height="24" rx="7" fill="${AMBER}"/>`
  const number = `<text x="${32 - width / 2}" y="27.5" font-family="system-ui,sans-serif" font-size="${size}" font-weight="700" text-anchor="middle" fill="${DARK}">${text}</text>`
  const lines = `<path d="${LINES}" fill="none" stroke="#5577dd" stroke-width="4" stroke-linecap="round"/>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${lines}${badge}${number}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
