import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { makeRow } from '../../test/support/event-rows'
import { isVisible, WHOLE_LOG } from '../log/scope'
import type { Directory } from './field'
import { EVERYTHING, type EventFilter } from './filter'
import { parseSaved } from './parse'
import { filterKey, resolve, resolver, selects, selectsNothing } from './select'

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

test('a name means the ids that the directory finds: one, several, or none, which selects nothing', () => {
  const found: Record<string, number[]> = { one: [1], merged: [3, 2], gone: [] }
  const directory: Directory = { version: 0, projects: (ref) => found[ref] ?? [] }
  const meant = (...projects: string[]) =>
    resolve({ ...EVERYTHING, projects }, directory, WHOLE_LOG)
  const selected = (filter: EventFilter) =>
    [null, 1, 2, 3].filter((projectId) => selects(filter, makeRow(1, { projectId })))
  expect(selected(meant())).toEqual([null, 1, 2, 3])
  expect(selected(meant('one'))).toEqual([1])
  expect(selected(meant('merged', 'gone'))).toEqual([2, 3])
  expect(meant('merged', 'one').projects).toEqual([1, 2, 3])
  expect(selected(meant('gone', 'never'))).toEqual([])
  expect([meant('gone'), meant('one'), meant()].map(selectsNothing)).toEqual([true, false, false])
})

test('names are looked up again when they may mean something else, and numbers never', () => {
  const directory = { version: 1, projects: vi.fn(() => [7]) }
  const named = resolver({ ...EVERYTHING, projects: ['a'] }, directory, WHOLE_LOG)
  const numbered = resolver({ ...EVERYTHING, agents: [1] }, directory, WHOLE_LOG)
  expect([named(), named(), numbered()].map(({ projects }) => projects)).toEqual([[7], [7], null])
  expect(directory.projects).toHaveBeenCalledTimes(1)
  directory.version++
  directory.projects.mockReturnValue([8])
  expect([named(), named(), numbered()].map(({ projects }) => projects)).toEqual([[8], [8], null])
  expect(directory.projects).toHaveBeenCalledTimes(2)
})

test('rows of subagents are those of their agent where pages ask for it', () => {
  const row = makeRow(1, { agentId: 5, data: { parent_agent_id: 4 } })
  const asked = { ...EVERYTHING, agents: [4] }
  const alone = resolve(asked, UNMERGED, WHOLE_LOG)
  const family = resolve(asked, UNMERGED, WHOLE_LOG, { withSubagents: true })
  expect([selects(alone, row), selects(family, row)]).toEqual([false, true])
  expect(filterKey(alone)).not.toBe(filterKey(family))
})
