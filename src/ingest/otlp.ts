import { BadInput } from '../errors/app-error'
import { isObject } from './hook-payload'

export type Attributes = Readonly<Record<string, unknown>>

/** One log record, with the attributes of its resource beneath its own. */
export interface LogRecord {
  /** `claude_code.api_request` */
  readonly name: string
  readonly attributes: Attributes
  readonly at: Date | null
}

/** One point of a metric that is a sum over a time. */
export interface SumPoint {
  readonly name: string
  readonly attributes: Attributes
  readonly value: number
  readonly startNano: string
  readonly timeNano: string
  readonly isDelta: boolean
}

/** More in one request is no ordinary export. */
const MAX_ITEMS = 5_000

/** Reads `{resourceLogs: …}` of OTLP/HTTP JSON. Throws BadInput where it is nothing of the kind. */
export function parseLogRecords(body: unknown): LogRecord[] {
  const records = itemsOf(body, ['resourceLogs', 'scopeLogs', 'logRecords'])
  return records.map(({ item, resource }) => {
    const attributes = { ...resource, ...attributesOf(item.attributes) }
    const named = [item.eventName, attributes['event.name'], plainValue(item.body)]
    const name = named.find((value): value is string => typeof value === 'string') ?? ''
    return { name, attributes, at: timeOf(item.timeUnixNano) ?? timeOf(item.observedTimeUnixNano) }
  })
}

/** Reads the sums in `{resourceMetrics: …}`; other kinds of metrics are passed over. */
export function parseSums(body: unknown): SumPoint[] {
  const metrics = itemsOf(body, ['resourceMetrics', 'scopeMetrics', 'metrics'])
  const points = metrics.flatMap(({ item, resource }) => {
    const { sum, name } = item
    if (!isObject(sum) || typeof name !== 'string') return []
    const isDelta =
      sum.aggregationTemporality === 1 || String(sum.aggregationTemporality).endsWith('_DELTA')
    return objects(sum.dataPoints).map((point) => ({
      name,
      attributes: { ...resource, ...attributesOf(point.attributes) },
      value: numberOf(point.asDouble) ?? numberOf(point.asInt) ?? 0,
      startNano: String(point.startTimeUnixNano ?? ''),
      timeNano: String(point.timeUnixNano ?? ''),
      isDelta,
    }))
  })
  if (points.length > MAX_ITEMS) throw tooMany(points.length)
  return points
}

/** A text that says something, or null. */
export function textOf(attributes: Attributes, name: string): string | null {
  const value = attributes[name]
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

/** A number, also where it was sent as text. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** Nanoseconds since 1970, which do not fit a double. */
export function timeOf(nano: unknown): Date | null {
  const ms = (numberOf(nano) ?? 0) / 1e6
  return ms > 0 && ms < 8.64e15 ? new Date(ms) : null
}

interface Item {
  readonly item: Readonly<Record<string, unknown>>
  readonly resource: Attributes
}

function itemsOf(body: unknown, [top, scope, leaf]: readonly [string, string, string]): Item[] {
  if (!isObject(body) || !Array.isArray(body[top])) {
    throw new BadInput(top, `${top}: has to be a list, as OTLP/HTTP JSON has it`)
  }
  const items = objects(body[top]).flatMap((group) => {
    const resource = isObject(group.resource) ? attributesOf(group.resource.attributes) : {}
    return objects(group[scope]).flatMap((part) =>
      objects(part[leaf]).map((item) => ({ item, resource })),
    )
  })
  if (items.length > MAX_ITEMS) throw tooMany(items.length)
  return items
}

function tooMany(count: number): BadInput {
  return new BadInput(null, `A request may have at most ${MAX_ITEMS} items, this one has ${count}`)
}

function objects(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function attributesOf(list: unknown): Attributes {
  return Object.fromEntries(
    objects(list).flatMap(({ key, value }) =>
      typeof key === 'string' ? [[key, plainValue(value)]] : [],
    ),
  )
}

/** `{stringValue: "x"}` is "x"; lists and objects stay as they came. */
function plainValue(value: unknown): unknown {
  if (!isObject(value)) return null
  const { stringValue, boolValue, intValue, doubleValue, ...other } = value
  return stringValue ?? boolValue ?? numberOf(intValue) ?? numberOf(doubleValue) ?? other
}
