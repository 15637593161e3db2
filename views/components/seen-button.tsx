import type { Agent } from '../../src/fleet/agent'
import { agentUrl } from '../urls'

/** A finished turn stays marked until a person has seen it, or for ten minutes. */
export function SeenButton({ agent }: { agent: Agent }) {
  if (agent.state !== 'complete') return null
  const action = `${agentUrl(agent)}/seen`
  return (
    <form class="seen" method="post" action={action} hx-post={action} hx-swap="none">
      <button type="submit">Seen</button>
    </form>
  )
}
