import type { Json } from '../log/event-row'
import { cleanString } from './clean-string'

interface CleanLimits {
  /** Levels of objects and arrays; what lies deeper is left out. */
  depth: number
  /** Bytes of UTF-8 that one string may have, its mark included. */
  stringBytes: number
  /** Bytes of the whole as JSON. */
  totalBytes: number
}

export const STORED: CleanLimits = { depth: 64, stringBytes: 8192, totalBytes: 65_536 }

/** Stands where something was left out because of its depth. */
export const TOO_DEEP = '[… nested too deeply]'

const KEY_BYTES = 256

interface Measure extends CleanLimits {
  items: number
}

/**
 * Makes any parsed JSON safe to store: bounded in depth and size, without NUL, lone surrogates or
 * numbers that jsonb refuses. Every cut leaves a mark that says how much is missing. What is too big
 * as a whole is cut by ever smaller measures until it fits. Each try stops when its budget is spent,
 * so the work depends on the limits and not on the size of the input.
 */
export function clean(value: unknown, limits: CleanLimits = STORED): Json {
  const { depth, stringBytes } = limits
  const measures: Measure[] = [
    { ...limits, items: Number.POSITIVE_INFINITY },
    { ...limits, stringBytes: Math.min(stringBytes, 2048), items: 200 },
    { ...limits, stringBytes: Math.min(stringBytes, 512), items: 50 },
    { ...limits, depth: Math.min(depth, 8), stringBytes: Math.min(stringBytes, 256), items: 12 },
    { ...limits, depth: Math.min(depth, 3), stringBytes: Math.min(stringBytes, 128), items: 6 },
  ]
  const keys = new Map<object, string[]>()
  for (const measure of measures) {
    const cleaner = new Cleaner(measure, keys)
    const cleaned = cleaner.clean(value, 1)
    if (cleaner.fits) return cleaned
  }
  return '[… too large to be kept]'
}

class Cleaner {
  private left: number

  /** Listing a million keys takes longer than all the rest: `keys` keeps them from try to try. */
  constructor(
    private readonly measure: Measure,
    private readonly keys: Map<object, string[]>,
  ) {
    this.left = measure.totalBytes
  }

  get fits(): boolean {
    return this.left >= 0
  }

  clean(value: unknown, depth: number): Json {
    if (typeof value === 'string') return this.spend(cleanString(value, this.measure.stringBytes))
    if (typeof value === 'number') return this.spend(cleanNumber(value))
    if (typeof value === 'boolean') return this.spend(value)
    if (typeof value !== 'object' || value === null) return this.spend(null)
    if (depth > this.measure.depth) return this.spend(TOO_DEEP)
    this.left -= 2
    return Array.isArray(value) ? this.cleanArray(value, depth) : this.cleanObject(value, depth)
  }

  private cleanArray(value: readonly unknown[], depth: number): Json[] {
    const cleaned: Json[] = []
    const end = Math.min(value.length, this.measure.items)
    for (let i = 0; i < end; i++) {
      if (!this.fits) return cleaned
      this.left -= 1
      cleaned.push(this.clean(value[i], depth + 1))
    }
    const missing = value.length - cleaned.length
    if (missing > 0) cleaned.push(this.spend(`[… ${missing} more items]`))
    return cleaned
  }

  private cleanObject(value: object, depth: number): { [key: string]: Json } {
    const cleaned: { [key: string]: Json } = {}
    const keys = this.keys.get(value) ?? Object.keys(value)
    this.keys.set(value, keys)
    const names = new Set<string>()
    for (const key of keys.slice(0, this.measure.items)) {
      if (!this.fits) return cleaned
      const name = freeName(cleanString(key, KEY_BYTES), names)
      this.spend(name)
      this.left -= 2
      put(cleaned, name, this.clean((value as Record<string, unknown>)[key], depth + 1))
    }
    const missing = keys.length - names.size
    if (missing > 0) put(cleaned, freeName('…', names), this.spend(`[… ${missing} more fields]`))
    return cleaned
  }

  private spend<V extends string | number | boolean | null>(value: V): V {
    this.left -= typeof value === 'string' ? jsonBytes(value) : String(value).length
    return value
  }
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text))
}

/** JSON allows 1e400, which parses to Infinity, and which neither JSON nor jsonb can print. */
function cleanNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

/** Two keys may become one by cleaning: the second keeps its value under a name of its own. */
function freeName(name: string, names: Set<string>): string {
  let free = name
  for (let n = 2; names.has(free); n++) free = `${name}~${n}`
  names.add(free)
  return free
}

/** Plain assignment to `__proto__` would set the prototype and lose the value. */
function put(target: object, name: string, value: Json): void {
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}
