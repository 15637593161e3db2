import type { PageFilter } from '../../src/fleet/board'
import type { FilterKey } from '../../src/fleet/page-filter'

/** A filter as fields of a form, in the words of a page's address. */
export function filterFields(filter: PageFilter): { key: FilterKey; value: string }[] {
  const { projects, agents, states, types } = filter
  return [
    ...projects.map((value) => ({ key: 'project' as const, value })),
    ...agents.map((id) => ({ key: 'agent' as const, value: String(id) })),
    ...states.map((value) => ({ key: 'state' as const, value })),
    ...types.map((value) => ({ key: 'type' as const, value })),
  ]
}
