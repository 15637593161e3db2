/** 1234567 → "1,234,567" */
export function wholeNumber(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Tokens as people compare them: 950, "12.3 k", "4.5 M". */
export function tokens(value: number): string {
  if (value < 1_000) return String(Math.round(value))
  if (value < 999_950) return `${(value / 1_000).toFixed(1)} k`
  return `${(value / 1_000_000).toFixed(1)} M`
}

/** Small sums with more digits: they would all be $0.00. */
export function dollars(value: number): string {
  if (value === 0) return '$0'
  if (value < 0.01) return `$${value.toFixed(4)}`
  return `$${value.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',')}`
}

/** "45 s", "12 min", "3 h 5 min" */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
