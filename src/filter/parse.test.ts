import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BadInput } from '../errors/app-error'
import { STATES } from '../log/state'
import { EVERYTHING, type Filter, sorted } from './filter'
import { pageKeys, parseFilter, parseQuery, parseSaved, printFilter, printSaved } from './parse'

const slugs = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,99}$/)
const types = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,63}$/)
const ids = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const listOf = <T extends string | number>(values: fc.Arbitrary<T>) =>
  fc.array(values, { maxLength: 50 }).map(sorted)
const times = fc.date({
  min: new Date('1000-01-01'),
  max: new Date('2999-12-31'),
  noInvalidDate: true,
})
const words = fc
  .string({ unit: 'grapheme', maxLength: 50 })
  .map((text) => text.trim().replace(/\s+/g, ' '))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a search refuses.
  .filter((text) => /[\p{L}\p{N}]/u.test(text) && !/[\u0000-\u001f\u007f]/.test(text))

const lists = {
  agents: listOf(ids),
  states: listOf(fc.constantFrom(...STATES)),
  types: listOf(types),
}
const filters: fc.Arbitrary<Filter> = fc
  .record({
    ...lists,
    projects: listOf(slugs),
    text: fc.option(words),
    since: fc.option(times),
    until: fc.option(times),
  })
  .map((asked) => ({ ...EVERYTHING, ...asked }))
  .filter(({ since, until }) => !since || !until || since <= until)

test('what is printed of a filter is read as the same filter, whatever its values', () => {
  fc.assert(
    fc.property(filters, (filter) => {
      expect(parseFilter(new URLSearchParams(printFilter(filter)), 'log')).toEqual(filter)
    }),
  )
})

test('equal filters are printed alike, in whatever order and how often their values are given', () => {
  const query = fc
    .tuple(filters, fc.array(fc.nat()))
    .map(([filter, order]) => ({ filter, pairs: shuffled(filter, order) }))
  fc.assert(
    fc.property(query, ({ filter, pairs }) => {
      const single = ['q', 'since', 'until']
      const twice = pairs.flatMap((pair) => (single.includes(pair[0]) ? [pair] : [pair, pair]))
      const given = twice.length <= 50 ? twice : pairs
      expect(printFilter(parseFilter(new URLSearchParams(given), 'log'))).toBe(printFilter(filter))
    }),
  )
})

function shuffled(filter: Filter, order: readonly number[]): [string, string][] {
  const pairs = [...new URLSearchParams(printFilter(filter))]
  return pairs
    .map((pair, index) => ({ pair, rank: order[index] ?? index }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ pair }) => pair)
}

test('a saved view is read as it was printed', () => {
  const saved = fc
    .record({ ...lists, projects: listOf(ids) })
    .map((asked): Filter => ({ ...EVERYTHING, ...asked }))
  fc.assert(
    fc.property(saved, (filter) => {
      const printed = printSaved(filter)
      expect(Object.keys(printed)).toEqual(['types', 'project_ids', 'agent_ids', 'states'])
      expect(parseSaved(JSON.parse(JSON.stringify(printed)))).toEqual(filter)
    }),
  )
})

test('a page is narrowed by its own keys, and words and times are for pages of the log', () => {
  expect(pageKeys('rows')).toEqual(['project', 'agent', 'state', 'type'])
  expect(pageKeys('log')).toEqual([...pageKeys('rows'), 'q', 'since', 'until'])
  const query = new URLSearchParams('project=a&q=words&since=2026-01-01')
  expect(parseFilter(query)).toEqual({ ...EVERYTHING, projects: ['a'] })
})

test('empty fields of a form select all', () => {
  const query = new URLSearchParams('project=&agent=+&state=&type=&q=&since=&until=')
  expect(parseFilter(query, 'log')).toEqual(EVERYTHING)
})

const many = (count: number, key: string, value: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => `${key}=${value(n + 1)}`).join('&')

describe('An address is refused', () => {
  test.each([
    ['project=-a', 'project', 'project: “-a” is not a project’s short name'],
    ['project=A', 'project', 'project: “A” is not a project’s short name'],
    [
      `project=${'a'.repeat(101)}`,
      'project',
      `project: “${'a'.repeat(80)}” is not a project’s short name`,
    ],
    ['agent=0', 'agent', 'agent: “0” is not an agent’s number'],
    ['agent=9007199254740992', 'agent', 'agent: “9007199254740992” is not an agent’s number'],
    ['state=busy', 'state', `state: “busy” is not one of ${STATES.join(', ')}`],
    [`type=${'t'.repeat(65)}`, 'type', `type: “${'t'.repeat(65)}” is not an event type`],
    [many(51, 'agent', String), 'agent', 'agent: at most 50 values'],
    ['q=a&q=b', 'q', 'q: may be given once only'],
    [`q=${'a'.repeat(201)}`, 'q', 'q: at most 200 characters'],
    ['q=%2B%2B', 'q', 'q: there is no word in it to look for'],
    [
      'since=2026-02-31',
      'since',
      'since: “2026-02-31” is not a time like 2026-11-21T14:30 (UTC) or 2026-11-21T14:30+01:00',
    ],
    [
      'since=2026-01-02&until=2026-01-01',
      'until',
      'until: this is before the time that since names',
    ],
  ])('for %s', (text, field, message) => {
    expect(() => parseFilter(new URLSearchParams(text), 'log')).toThrow(refusal(field, message))
  })

  test('no sooner than it has to be', () => {
    expect(parseFilter(new URLSearchParams(many(50, 'agent', String))).agents).toHaveLength(50)
    expect(parseFilter(new URLSearchParams(`q=${'a'.repeat(200)}`), 'log').text).toHaveLength(200)
    const longest = 'a'.repeat(100)
    expect(parseFilter(new URLSearchParams({ project: longest })).projects).toEqual([longest])
  })
})

describe('The query of a program is refused', () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n + 1).join()
  test.each([
    [
      'agents=1',
      'agents',
      'agents is unknown; known are types, project_id, agent_id, limit, q, since, until',
    ],
    ['types=a&types=b', 'types', 'types may be given once only'],
    ['types=', 'types', 'types has to be a comma-separated list of event types, not “”'],
    ['project_id=1,x', 'project_id', 'project_id has to be a project’s number, not “1,x”'],
    ['agent_id=01', 'agent_id', 'agent_id has to be an agent’s number, not “01”'],
    [`agent_id=${numbers(101)}`, 'agent_id', 'agent_id may have at most 100 values'],
    ['q=', 'q', 'q is empty'],
    ['q=%2B&until=+', 'until', 'until is empty'],
  ])('for %s', (text, field, message) => {
    expect(() => parseQuery(new URLSearchParams(text), 'log', ['limit'])).toThrow(
      refusal(field, message),
    )
  })

  test('no sooner than it has to be', () => {
    const query = new URLSearchParams(`agent_id=${numbers(100)}&types=a,+b&last_event_id=`)
    const filter = parseQuery(query, 'rows', ['last_event_id'])
    expect([filter.agents.length, filter.types]).toEqual([100, ['a', 'b']])
  })

  test('for words and times where it asks for a stream', () => {
    const known = 'q is unknown; known are types, project_id, agent_id, last_event_id'
    expect(() => parseQuery(new URLSearchParams('q=a'), 'rows', ['last_event_id'])).toThrow(
      refusal('q', known),
    )
  })
})

describe('The filter of a saved view is refused', () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
  test.each([
    [[], 'filters', 'filters has to be an object'],
    [null, 'filters', 'filters has to be an object'],
    [
      { agents: [1] },
      'filters.agents',
      'filters.agents is unknown; known are types, project_ids, agent_ids, states',
    ],
    [{ types: 'a' }, 'filters.types', 'filters.types has to be a list of event types'],
    [
      { project_ids: ['1'] },
      'filters.project_ids',
      'filters.project_ids has to be a list of numbers of projects',
    ],
    [
      { agent_ids: [2 ** 53] },
      'filters.agent_ids',
      'filters.agent_ids has to be a list of numbers of agents',
    ],
    [
      { states: ['busy'] },
      'filters.states',
      `filters.states has to be a list of states: ${STATES.join(', ')}`,
    ],
    [
      { agent_ids: numbers(51) },
      'filters.agent_ids',
      'filters.agent_ids may have at most 50 values',
    ],
  ])('for %j', (given, field, message) => {
    expect(() => parseSaved(given)).toThrow(refusal(field, message))
  })

  test('no sooner than it has to be', () => {
    expect(parseSaved({ agent_ids: numbers(50) }).agents).toHaveLength(50)
    expect(parseSaved(undefined)).toEqual(EVERYTHING)
  })
})

function refusal(field: string, message: string): BadInput {
  return new BadInput(field, message)
}
