import type { JsonObject } from './event-row'

/** No program of ours writes deeper than 64; JavaScript cannot write out again what is far deeper. */
const MAX_DEPTH = 1_000
const SHORTEST_SUSPECT = 4 * MAX_DEPTH
/** Replaces data inserted into the log by other programs that no client could be sent. */
const TOO_DEEP: JsonObject = { unreadable: `It is nested more than ${MAX_DEPTH} levels deep` }

/** The data of a row, from the text in which PostgreSQL gives it. */
export function parseStoredData(text: string): JsonObject {
  if (text.length > SHORTEST_SUSPECT && depthOf(text) > MAX_DEPTH) return TOO_DEEP
  return JSON.parse(text) as JsonObject
}

function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (char === '"') index = endOfString(text, index)
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth)
    else if (char === '}' || char === ']') depth--
  }
  return deepest
}

function endOfString(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end
}
