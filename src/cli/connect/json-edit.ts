import type { Node } from 'jsonc-parser'

/** Puts a member behind the last one, with the same space before it as that has. */
export function addMember(text: string, object: Node, key: string, value: string): string {
  return addPart(text, object, `${JSON.stringify(key)}: ${value}`)
}

/** Puts an item behind the last one. */
export function addItem(text: string, array: Node, item: string): string {
  return addPart(text, array, item)
}

/** Takes out a member or an item with its comma: after `addMember` or `addItem`, all that they put. */
export function removePart(text: string, container: Node, part: Node): string {
  const parts = container.children ?? []
  const index = parts.indexOf(part)
  const before = parts[index - 1]
  const after = parts[index + 1]
  if (before) return splice(text, endOf(before), endOf(part), '')
  if (after) return splice(text, part.offset, after.offset, '')
  return splice(text, container.offset + 1, endOf(container) - 1, '')
}

export function replace(text: string, part: Node, by: string): string {
  return splice(text, part.offset, endOf(part), by)
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

function addPart(text: string, container: Node, added: string): string {
  const parts = container.children ?? []
  const opening = container.offset
  const last = parts.at(-1)
  if (!last) return splice(text, opening + 1, endOf(container) - 1, inEmpty(text, opening, added))
  const previous = parts.at(-2)
  const behind = previous ? endOf(previous) : opening + 1
  const space = text.slice(behind, last.offset).replace(/^\s*,/, '')
  return splice(text, endOf(last), endOf(last), `,${space}${added}`)
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

function endOf({ offset, length }: Node): number {
  return offset + length
}

function splice(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end)
}
