import { isDeepStrictEqual } from 'node:util'
import { addItem, addMember, oneLine, removePart, replace } from './json-edit'
import { type JsonNode, type Member, type ObjectNode, parseJsonText, valueOf } from './json-text'

/** One hook as it stands in a settings file. */
export type Handler = Readonly<Record<string, unknown>>
/** The hooks to have, one for each event. */
export type Hooks = Readonly<Record<string, Handler>>
export type IsOurs = (handler: Handler) => boolean

/** The file is JSON, but not what it should be. */
export class UnknownShape extends Error {}

const BLANK = /^\uFEFF?\s*$/

/**
 * Adds hooks to the text of a settings file. What is ours already is kept where it is and brought up
 * to date; all else stays as it is, to the byte. Throws JsonFault or UnknownShape.
 */
export function addHooks(text: string, wanted: Hooks, isOurs: IsOurs): string {
  const start = BLANK.test(text) ? `${text.startsWith('\uFEFF') ? '\uFEFF' : ''}{}\n` : text
  let next = removeWhere(updateOurs(start, wanted, isOurs), isOurs, (found, index, all) => {
    const isFirst = all.findIndex(({ event }) => event.key === found.event.key) === index
    return !isFirst || !isWanted(next_(found), found.event.key, wanted)
  })
  for (const [event, handler] of Object.entries(wanted)) {
    next = addHook(next, event, handler, isOurs)
  }
  return next
}

/** Takes out all hooks of ours, with the lists that have nothing else in them. */
export function removeHooks(text: string, isOurs: IsOurs): string {
  return BLANK.test(text) ? text : removeWhere(text, isOurs, () => true)
}

/** The hooks of ours in the file, in its order. */
export function findHooks(text: string, isOurs: IsOurs): { event: string; handler: Handler }[] {
  if (BLANK.test(text)) return []
  return findOurs(text, isOurs).map(({ event, handler }) => ({ event: event.key, handler }))
}

/** Whether there is nothing in it. */
export function isEmptySettings(text: string): boolean {
  return BLANK.test(text) || rootOf(text).members.length === 0
}

/** The same for files that differ in space and in lists of hooks with nothing in them. */
export function gistOf(text: string): string {
  if (BLANK.test(text)) return '{}'
  const { hooks, ...rest } = valueOf(text, rootOf(text)) as Record<string, unknown>
  if (typeof hooks !== 'object' || hooks === null) return JSON.stringify({ ...rest, hooks })
  const full = Object.entries(hooks).filter(([, list]) => !Array.isArray(list) || list.length > 0)
  return JSON.stringify(full.length > 0 ? { ...rest, hooks: Object.fromEntries(full) } : rest)
}
