import type { ArrayNode, JsonNode, ObjectNode, Span } from './json-text'

/** Puts a member behind the last one, with the same space before it as that has. */
export function addMember(text: string, object: ObjectNode, key: string, value: string): string {
  return addPart(text, object, object.members, `${JSON.stringify(key)}: ${value}`)
}

/** Puts an item behind the last one. */
export function addItem(text: string, array: ArrayNode, item: string): string {
  return addPart(text, array, array.items, item)
}

/** Takes out a member or an item with its comma: after `addMember` or `addItem`, all that they put. */
export function removePart(text: string, container: JsonNode, part: Span): string {
  const parts = partsOf(container)
  const index = parts.indexOf(part)
  const before = parts[index - 1]
  const after = parts[index + 1]
  if (before) return replace(text, { start: before.end, end: part.end }, '')
  if (after) return replace(text, { start: part.start, end: after.start }, '')
  return replace(text, { start: container.start + 1, end: container.end - 1 }, '')
}

export function replace(text: string, { start, end }: Span, by: string): string {
  return text.slice(0, start) + by + text.slice(end)
}

/** JSON on one line, with spaces where people put them. */
export function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}: ${oneLine(member)}`)
  return `{${members.join(', ')}}`
}

function addPart(
  text: string,
  container: ObjectNode | ArrayNode,
  parts: readonly Span[],
  added: string,
): string {
  const last = parts.at(-1)
  if (!last) {
    const { start, end } = container
    return replace(text, { start: start + 1, end: end - 1 }, inEmpty(text, start, added))
  }
  const behind = parts.at(-2)?.end ?? container.start + 1
  const space = text.slice(behind, last.start).replace(/^\s*,/, '')
  return replace(text, { start: last.end, end: last.end }, `,${space}${added}`)
}

/** On a line of its own, one step further in; in a text that has no lines, where it is. */
function inEmpty(text: string, opening: number, added: string): string {
  const body = text.replace(/^\uFEFF/, '').trim()
  if (!/[\r\n]/.test(body) && !/^\{\s*\}$/.test(body)) return added
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n'
  const lineStart = Math.max(text.lastIndexOf('\n', opening), text.lastIndexOf('\r', opening)) + 1
  const [indent = ''] = /^[ \t]*/.exec(text.slice(lineStart, opening)) ?? []
  return `${eol}${indent}${indentUnit(body)}${added}${eol}${indent}`
}

/** The space before the first line that is further in than the outermost brace. */
function indentUnit(body: string): string {
  return /[\r\n]([ \t]+)\S/.exec(body)?.[1] ?? '  '
}

function partsOf(container: JsonNode): readonly Span[] {
  if (container.kind === 'object') return container.members
  return container.kind === 'array' ? container.items : []
}
