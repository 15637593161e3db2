import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRow } from '../../test/support/event-rows'
import { isVisible } from '../log/scope'
import type { Directory } from './field'
import { parseSaved } from './parse'
import { resolve, selects } from './select'

const UNMERGED: Directory = { version: 0, projects: (ref) => [Number(ref)] }
const some = <T>(...values: T[]) => fc.subarray(values)
const filters = fc.record(
  {
    types: some('a', 'b', 'access.granted'),
    project_ids: some(1, 2, 3),
    agent_ids: some(1, 2),
    states: some('idle', 'errored'),
  },
  { requiredKeys: [] },
)
const scopes = fc.record({ projectIds: fc.option(some(1, 2)), seesAccess: fc.boolean() })
const rows = fc.record({
  type: fc.constantFrom('a', 'b', 'access.granted'),
  projectId: fc.constantFrom(null, 1, 2, 3),
  agentId: fc.constantFrom(null, 1, 2),
  state: fc.constantFrom(null, 'idle', 'errored'),
})

test('no view reaches further than its reader may see, and none selects another row', () => {
  fc.assert(
    fc.property(filters, scopes, rows, (given, scope, facts) => {
      const row = makeRow(1, facts)
      const filter = resolve(parseSaved(given), UNMERGED, scope)
      const matches = (list: unknown[] | undefined, value: unknown) =>
        !list || list.length === 0 || list.includes(value)
      const isWanted =
        matches(given.types, row.type) &&
        matches(given.project_ids, row.projectId) &&
        matches(given.agent_ids, row.agentId) &&
        matches(given.states, row.state)
      expect(selects(filter, row)).toBe(isWanted && isVisible(scope, row))
    }),
    { numRuns: 2_000 },
  )
})
