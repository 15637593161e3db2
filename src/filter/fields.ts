import { sql } from 'kysely'
import { z } from 'zod'
import { STATES, type State } from '../log/state'
import { list, names, single } from './field'
import { eventType, id, idText, parseTime, parseWords, slug } from './values'

/**
 * All that boards, feeds, the log's page, streams, the API and saved views can be narrowed by. Parsing,
 * printing, SQL, matching of rows and sessions, search and forms follow from here. The order is that
 * of a page's address; programs name what `isFirst` before the others.
 */
export const FIELDS = {
  projects: names<string | number, number>((ref, { projects }) => projects(ref), {
    page: { key: 'project', value: slug, expected: 'a project’s short name' },
    api: { key: 'project_id', value: idText, expected: 'a project’s number' },
    json: { key: 'project_ids', value: id, expected: 'numbers of projects' },
    label: 'Project',
    plural: 'Projects',
    control: 'choice',
    column: sql.ref('project_id'),
    type: 'bigint',
    of: (row) => row.projectId,
    sums: ['events', 'usage'],
    mark: 'project',
    session: 'project',
  }),
  agents: list<number>({
    page: { key: 'agent', value: idText, expected: 'an agent’s number' },
    api: { key: 'agent_id', value: idText, expected: 'an agent’s number' },
    json: { key: 'agent_ids', value: id, expected: 'numbers of agents' },
    label: 'Agent',
    plural: 'Agents',
    control: 'choice',
    column: sql.ref('agent_id'),
    type: 'bigint',
    of: (row) => row.agentId,
    matchesRow: (ids, { agentId, data }, withSubagents) =>
      ids.some((agent) => agent === agentId || (withSubagents && agent === data.parent_agent_id)),
    sums: ['usage'],
    mark: 'agent',
    session: 'agent',
  }),
  states: list<State, string>({
    page: { key: 'state', value: z.enum(STATES), expected: `one of ${STATES.join(', ')}` },
    json: { key: 'states', value: z.enum(STATES), expected: `states: ${STATES.join(', ')}` },
    label: 'State',
    plural: 'States',
    control: 'select',
    options: STATES,
    column: sql.ref('state'),
    type: 'text',
    of: (row) => row.state,
    mark: 'state',
    session: 'state',
  }),
  types: list<string>({
    page: { key: 'type', value: eventType, expected: 'an event type' },
    api: { key: 'types', value: eventType, expected: 'a comma-separated list of event types' },
    json: { key: 'types', value: eventType, expected: 'event types' },
    isFirst: true,
    label: 'Event type',
    plural: 'Event types',
    control: 'choice',
    column: sql.ref('type'),
    type: 'text',
    of: (row) => row.type,
    sums: ['events'],
    mark: 'type',
  }),
  text: single<string>({
    key: 'q',
    label: 'Search',
    control: 'search',
    parse: parseWords,
    print: (text) => text,
    matchesRow: null,
    sql: null,
  }),
  since: single<Date>({
    key: 'since',
    label: 'From (UTC)',
    control: 'time',
    parse: parseTime,
    print: (at) => at.toISOString(),
    // Not the other way round: a time that is none is not between any two.
    matchesRow: (since, { at }) => at >= since,
    sql: (since) => sql`at >= ${since}::timestamptz`,
  }),
  until: single<Date>({
    key: 'until',
    label: 'To (UTC)',
    control: 'time',
    parse: parseTime,
    print: (at) => at.toISOString(),
    matchesRow: (until, { at }) => at <= until,
    sql: (until) => sql`at <= ${until}::timestamptz`,
  }),
  /** Only the streams of debates are narrowed by it: no query names it. */
  debates: list<string>({
    label: 'Debate',
    column: sql.ref('debate_id'),
    type: 'uuid',
    of: (row) => row.debateId,
  }),
}
