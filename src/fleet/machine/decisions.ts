import { closeAsks } from './asks'
import type { Change } from './change'
import { isTurnOpen } from './derive-state'
import type { Signal } from './signal'
import { closeTurn } from './turn'

/**
 * What a person decided in the terminal, which no hook tells. It is known seconds later, so it closes
 * only what it names: the ask of its call; the only ask about a tool of that name, where it has no id.
 */
export function decide(
  change: Change,
  { toolKey, toolName, decision }: Extract<Signal, { kind: 'decided' }>,
): void {
  const { memory, context } = change
  const ask = findAsk(change, toolKey, toolName)
  const isOpen = memory.tools.some((tool) => tool.key === toolKey) || ask !== undefined
  if (decision === 'aborted') {
    const isOfTurn = context.promptId !== null && memory.turn?.promptId === context.promptId
    if (isTurnOpen(memory) && (isOpen || isOfTurn)) {
      closeTurn(change, 'interrupted', 'interrupted')
    }
    return
  }
  if (decision === 'rejected') {
    const key = toolKey ?? ask?.toolKey
    memory.tools = memory.tools.filter((tool) => tool.key !== key)
  }
  if (ask) closeAsks(change, [ask], decision === 'accepted' ? 'answered' : 'denied')
}

function findAsk({ memory }: Change, toolKey: string | null, toolName: string) {
  const known = memory.asks.find((ask) => toolKey !== null && ask.toolKey === toolKey)
  if (known) return known
  const named = memory.asks.filter(
    (ask) => ask.kind === 'permission' && ask.toolKey === null && ask.toolName === toolName,
  )
  // An ask that is tied to a call is about that one and no other.
  const unnamed = memory.asks.filter(
    (ask) => ask.kind === 'permission' && ask.toolName === toolName,
  )
  const candidates = toolKey === null ? unnamed : named
  return candidates.length === 1 ? candidates[0] : undefined
}
