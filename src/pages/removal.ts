import { removedProject } from '../fleet/roster'
import type { EventRow } from '../log/event-row'
import type { Scope } from '../log/scope'

/** Whether a project was removed that was in scope; the row itself belongs to none. */
export function removesProjectOf({ projectIds }: Scope, row: EventRow): boolean {
  const id = removedProject(row)
  return id !== null && (projectIds?.includes(id) ?? true)
}
