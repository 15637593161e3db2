import type { Agent } from '../src/fleet/agent'
import { cutEnd } from './components/cut'

/** What it is about, in one paragraph; its name where no prompt is known yet. */
export function agentTitle(agent: Agent): string {
  return cutEnd(agent.title.replace(/\s+/g, ' ').trim(), 280) || agent.name || `Agent ${agent.id}`
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
