import { cutText } from '../text'
import { askOpened, closeAsks, openAsk } from './asks'
import type { Change } from './change'
import { type Ask, BOUNDS, type OpenTool } from './memory'
import type { AskKind, ToolCall } from './signal'

const OVERTAKEN_MS = 5_000

/** Adds the call to the open tools, and opens the ask that some tools are by themselves. */
export function startTool(change: Change, call: ToolCall, asks: AskKind | null): void {
  const { memory, context } = change
  if (call.keyIsHash) dropUnpaired(change)
  const { repeated } = memory
  const again = repeated?.hash === call.hash ? repeated.count : 0
  memory.repeated = { hash: call.hash, summary: call.summary, count: again + 1 }
  memory.compacting = false
  const tool: OpenTool = { ...call, startedAt: context.at, overdue: false }
  const others = memory.tools.filter((open) => open.key !== call.key)
  memory.tools = [...others, tool].slice(-BOUNDS.tools)
  if (asks === null) return
  const ask = askFor(call, call.key, asks)
  if (openAsk(change, ask)) askOpened(change, ask)
}

/**
 * Clients without ids also left out most ends of tools, and their notices name no call. So the next
 * call shows that the ones before are over, and that a notice was answered. Calls that run in
 * parallel are lost by this, which at worst shows an agent as quiet; without it, hundreds of tools
 * would stay open. A call with a real ask stays until something closes the ask.
 */
function dropUnpaired(change: Change): void {
  const { memory } = change
  closeAsks(
    change,
    memory.asks.filter((ask) => ask.fromNotice && ask.kind === 'permission'),
    'moved_on',
  )
  const blocked = new Set(memory.asks.map((ask) => ask.toolKey))
  memory.tools = memory.tools.filter((tool) => !tool.keyIsHash || blocked.has(tool.key))
}

/** Takes the call out of the open tools; its ask and, with the last candidate, a notice's close. */
export function endTool(change: Change, call: ToolCall, how: string): void {
  const { memory } = change
  const open = findTool(memory.tools, call)
  if (open) memory.tools = memory.tools.filter((tool) => tool.key !== open.key)
  const key = open?.key ?? call.key
  const isOver = (ask: Ask) =>
    ask.toolKey === key || ask.key === hashKey(call) || isUnblocked(ask, memory.tools)
  closeAsks(change, memory.asks.filter(isOver), how)
}

/** A notice without a call blocks one of the calls that were open at its time. */
function isUnblocked(ask: Ask, tools: readonly OpenTool[]): boolean {
  if (!ask.fromNotice || ask.kind !== 'permission' || ask.toolKey !== null) return false
  return !tools.some((tool) => tool.startedAt <= ask.openedAt)
}

function findTool(tools: readonly OpenTool[], call: ToolCall): OpenTool | undefined {
  const same = tools.find((tool) => tool.key === call.key)
  if (same) return same
  return tools.find((tool) => tool.hash === call.hash && (tool.keyIsHash || call.keyIsHash))
}

/**
 * The ask of a permission request, tied to the open call with the same input, because requests
 * carry no id. Of equal calls it takes one that no ask blocks yet.
 */
export function requestPermission(change: Change, call: ToolCall, kind: AskKind): boolean {
  const { memory } = change
  const same = memory.tools.filter((tool) => tool.key === call.key || tool.hash === call.hash)
  const blocked = new Set(memory.asks.map((ask) => ask.toolKey))
  const tool = same.find((open) => !blocked.has(open.key)) ?? same[0]
  const ask = askFor(call, tool?.key ?? null, kind)
  if (!openAsk(change, ask)) return false
  // The request itself is better than the notice of it, whichever came first.
  const notices = memory.asks.filter(
    (open) => open.fromNotice && open.kind === 'permission' && open.toolKey === ask.toolKey,
  )
  closeAsks(change, notices, 'superseded')
  return true
}

function askFor(call: ToolCall, toolKey: string | null, kind: AskKind) {
  const said = call.summary === '' ? call.name : `${call.name}: ${call.summary}`
  // A question or a plan is its own words; a permission needs the tool's name beside them.
  const summary = kind === 'permission' || call.summary === '' ? said : call.summary
  const key = toolKey ?? hashKey(call)
  return { key, kind, toolKey, toolName: call.name, summary, fromNotice: false }
}

function hashKey(call: ToolCall): string {
  return `#${call.hash}`
}

/**
 * New words of the agent come only after its calls were answered. Those that an ask overtook on the
 * way to us are let through: should the ask be open after all, its notification brings it back.
 */
export function settleAsks(change: Change): void {
  const { memory, context } = change
  const isSettled = (ask: Ask) =>
    ask.kind !== 'elicitation' && context.at - ask.openedAt >= OVERTAKEN_MS
  closeAsks(change, memory.asks.filter(isSettled), 'moved_on')
}

/** The permission that a notification speaks of, tied to a call where only one can be meant. */
export function noticePermission(change: Change, message: string, toolNames: string[]): void {
  const { tools } = change.memory
  const named = tools.filter((tool) => toolNames.includes(tool.name))
  const only = toolNames.length === 0 && tools.length === 1 ? tools[0] : undefined
  const tool = named.at(-1) ?? only
  const ask = {
    key: `notice ${tool?.key ?? 'permission'}`,
    kind: 'permission' as const,
    toolKey: tool?.key ?? null,
    toolName: tool?.name ?? toolNames[0] ?? null,
    summary: tool ? `${tool.name}: ${tool.summary}` : message,
    fromNotice: true,
  }
  if (openAsk(change, ask)) askOpened(change, ask)
}

/** A failure feeds the rule for agents that struggle; a success takes the tool's failures back. */
export function rememberFailure(change: Change, call: ToolCall, error: string): void {
  const { memory, context } = change
  const failure = { tool: call.name, summary: cutText(error, 200), at: context.at }
  memory.failures = [failure, ...memory.failures].slice(0, BOUNDS.failures)
}

export function forgetFailures(change: Change, call: ToolCall): void {
  const { memory } = change
  memory.failures = memory.failures.filter((failure) => failure.tool !== call.name)
}
