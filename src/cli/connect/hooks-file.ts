import { isDeepStrictEqual } from 'node:util'
import type { Node } from 'jsonc-parser'
import { addItem, addMember, oneLine, removePart, replace } from './json-edit'
import { parseJsonText, readValue } from './json-text'

/** One hook as it stands in a settings file. */
export type Handler = Readonly<Record<string, unknown>>
/** The hooks to have, one for each event. */
export type Hooks = Readonly<Record<string, Handler>>
export type IsOurs = (handler: Handler) => boolean

/** The file is JSON, but not what it should be. */
export class UnsupportedFormat extends Error {}

const BLANK = /^\uFEFF?\s*$/
/** What an event's group has to say to get the event whatever it is about. */
const FOR_ALL = [undefined, null, '', '*']

/**
 * Adds hooks to the text of a settings file. What is ours already is brought up to date where it is;
 * all else stays as it is, to the byte. Throws JsonFault or UnsupportedFormat.
 */
export function addHooks(text: string, wanted: Hooks, isOurs: IsOurs): string {
  let next = BLANK.test(text) ? '{}\n' : text
  for (let before = ''; before !== next; ) {
    before = next
    next = correctOne(next, wanted, isOurs)
  }
  const present = new Set(findHooks(next, isOurs).map(({ event }) => event))
  for (const [event, handler] of Object.entries(wanted)) {
    if (!present.has(event)) next = addHook(next, event, handler)
  }
  return next
}

/** Takes out all hooks of ours, with the lists that have nothing else in them. */
export function removeHooks(text: string, isOurs: IsOurs): string {
  let next = text
  for (let [found] = findOurs(next, isOurs); found; [found] = findOurs(next, isOurs)) {
    next = removeHook(next, found)
  }
  return next
}

/** The hooks of ours in the file, in its order. */
export function findHooks(text: string, isOurs: IsOurs): { event: string; handler: Handler }[] {
  return findOurs(text, isOurs).map(({ event, handler }) => ({ event: keyOf(event), handler }))
}

/** What the file says but for space and lists of hooks with nothing in them. */
export function gistOf(text: string): string {
  if (BLANK.test(text)) return '{}'
  const { hooks, ...rest } = Object(readValue(text, rootOf(text)))
  const full = Object.entries(Object(hooks)).filter(([, list]) => !isDeepStrictEqual(list, []))
  return JSON.stringify(full.length > 0 ? { ...rest, hooks: full } : rest)
}

interface Found {
  event: Node
  groups: Node
  group: Node
  handlers: Node
  item: Node
  handler: Handler
  isForAll: boolean
}

/** One step towards the wanted hooks; the same text where what is there is right. */
function correctOne(text: string, wanted: Hooks, isOurs: IsOurs): string {
  const seen = new Set<string>()
  for (const found of findOurs(text, isOurs)) {
    const key = keyOf(found.event)
    const handler = Object.hasOwn(wanted, key) ? wanted[key] : undefined
    if (!handler || seen.has(key) || !found.isForAll) return removeHook(text, found)
    if (!isDeepStrictEqual(found.handler, handler)) {
      return replace(text, found.item, oneLine(handler))
    }
    seen.add(key)
  }
  return text
}

/** Behind the others of its event: Codex knows hooks that were trusted by their place. */
function addHook(text: string, event: string, handler: Handler): string {
  const hooks = hooksOf(text)
  if (!hooks) return addHook(addMember(text, rootOf(text), 'hooks', '{}'), event, handler)
  const group = oneLine({ hooks: [handler] })
  const groups = member(hooks, event)
  if (!groups) return addMember(text, hooks, event, `[${group}]`)
  if (groups.type !== 'array') throw new UnsupportedFormat(`hooks.${event} is not a list`)
  return addItem(text, groups, group)
}

function removeHook(text: string, { event, groups, group, handlers, item }: Found): string {
  if (items(handlers).length > 1) return removePart(text, handlers, item)
  if (items(groups).length > 1) return removePart(text, groups, group)
  const root = rootOf(text)
  const hooks = member(root, 'hooks')
  if (!hooks?.parent) return text
  // Found by its place: the nodes are of another reading of the same text.
  const own = items(hooks).find(({ offset }) => offset === event.offset)
  return own && items(hooks).length > 1
    ? removePart(text, hooks, own)
    : removePart(text, root, hooks.parent)
}

function findOurs(text: string, isOurs: IsOurs): Found[] {
  const found: Found[] = []
  const hooks = BLANK.test(text) ? null : hooksOf(text)
  for (const event of items(hooks)) {
    const groups = event.children?.[1]
    if (groups?.type !== 'array') continue
    for (const group of items(groups)) {
      const handlers = member(group, 'hooks')
      if (handlers?.type !== 'array') continue
      const matcher = member(group, 'matcher')
      const isForAll = FOR_ALL.includes(matcher && String(readValue(text, matcher)))
      for (const item of items(handlers).filter(({ type }) => type === 'object')) {
        const handler = Object(readValue(text, item))
        if (isOurs(handler)) {
          found.push({ event, groups, group, handlers, item, handler, isForAll })
        }
      }
    }
  }
  return found
}

function hooksOf(text: string): Node | null {
  const hooks = member(rootOf(text), 'hooks')
  if (!hooks) return null
  if (hooks.type !== 'object') throw new UnsupportedFormat('hooks is not an object')
  return hooks
}

function rootOf(text: string): Node {
  const root = parseJsonText(text)
  if (root.type !== 'object') throw new UnsupportedFormat('It is not an object')
  return root
}

/** Of two members with one name JSON takes the last. */
function member(node: Node, name: string): Node | undefined {
  if (node.type !== 'object') return undefined
  return items(node).findLast((property) => keyOf(property) === name)?.children?.[1]
}

function keyOf(property: Node): string {
  return property.children?.[0]?.value
}

/** The items of a list, or the members of an object. */
function items(node: Node | null): readonly Node[] {
  return node?.children ?? []
}
