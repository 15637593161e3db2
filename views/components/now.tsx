import type { Agent } from '../../src/fleet/agent'
import type { Ask, OpenTool } from '../../src/fleet/machine/memory'
import { cutEnd } from './cut'
import { MiddleCut } from './middle-cut'

const ASK_WORDS: Record<Ask['kind'], string> = {
  permission: 'Asks to run',
  question: 'Asks',
  plan: 'Shows a plan',
  elicitation: 'Asks for',
}

export function askWord(kind: string): string {
  return Object.hasOwn(ASK_WORDS, kind) ? ASK_WORDS[kind as Ask['kind']] : 'Asks'
}

export interface FamilyProps {
  agent: Agent
  /** Not `children`: JSX takes a list of one out of its list there. */
  subagents: readonly Agent[]
}

/** What an agent does right now, in one line; of its children, only what they ask. */
export function Now({ agent, subagents }: FamilyProps) {
  const { memory, state } = agent
  if (state !== 'ended') {
    const ask = oldestAsk([agent, ...subagents])
    if (ask) return <NowCode name={null} text={ask.summary || askWord(ask.kind)} />
    if (state === 'errored' && memory.turn?.error) {
      return <NowText label="Failed with" text={memory.turn.error} />
    }
    if (agent.overlays.includes('stuck') && memory.stuckReason) {
      return <NowText label="Stuck:" text={memory.stuckReason} />
    }
    const tool = newestTool(memory.tools)
    if (tool) return <NowCode name={tool.name} text={tool.summary} />
    const task = memory.background[0]
    if (task && agent.overlays.includes('background')) {
      return <NowCode name={task.type} text={task.description} />
    }
  }
  return <NowText label={null} text={memory.lastMessage} />
}

function oldestAsk(agents: readonly Agent[]): Ask | null {
  const asks = agents.flatMap((agent) => agent.memory.asks)
  return asks.reduce<Ask | null>((a, b) => (a && a.openedAt <= b.openedAt ? a : b), null)
}

function newestTool(tools: readonly OpenTool[]): OpenTool | null {
  return tools.reduce<OpenTool | null>((a, b) => (a && a.startedAt >= b.startedAt ? a : b), null)
}

function NowCode(props: { name: string | null; text: string }) {
  return (
    <p class="now now-code" data-tint="">
      {props.name ? <span class="now-tool">{cutEnd(props.name, 60)}</span> : null}
      {props.text ? <MiddleCut text={props.text} /> : null}
    </p>
  )
}

function NowText({ label, text }: { label: string | null; text: string }) {
  return (
    <p class="now" data-tint="">
      {label ? <span class="now-label">{label}</span> : null}
      <span class="now-text" dir="auto">
        {cutEnd(text.replace(/\s+/g, ' ').trim(), 300)}
      </span>
    </p>
  )
}
