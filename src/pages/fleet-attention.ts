import { attentionOf } from '../fleet/attention'
import type { Attention } from '../fleet/board'
import { sessionsOf } from '../fleet/build-board'
import { isShown } from '../fleet/roster'
import type { RosterView } from '../fleet/roster-view'

/** What needs a human in all that the roster shows: it is on every page, whatever the page is about. */
export function fleetAttention(roster: RosterView): Attention {
  const now = Date.now()
  return attentionOf(sessionsOf([...roster.agents].filter((agent) => isShown(agent, now))))
}
