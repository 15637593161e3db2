import type { Chosen as Names } from '../../src/fleet/board'
import type { FeedFilter } from '../../src/fleet/feed-filter'
import type { FilterKey } from '../../src/fleet/page-filter'
import { STATES } from '../../src/log/state'
import { ChoiceInput, type ChoiceInputProps } from './choice-input'
import { pageUrl } from './counts'
import { cutEnd } from './cut'
import { Icon } from './icon'
import { stateWord } from './state-mark'

interface FilterFormProps {
  filter: FeedFilter
  /** The names of what the filter names. */
  names: Names
  path: string
  /** A project's own page has no choice of projects; words and times are for pages of the log. */
  keys: readonly (FilterKey | 'q' | 'since' | 'until')[]
}

interface Chosen {
  key: FilterKey
  value: string
  label: string
  without: FeedFilter
}

/** Adds to the filter, one value at a time; each that is chosen can be taken away again. */
export function FilterForm({ filter, names, path, keys }: FilterFormProps) {
  const chosen = chosenValues(filter, names).filter(({ key }) => keys.includes(key))
  return (
    <form class="filter" method="get" action={path} aria-label="Filter" data-filter-form="">
      {chosen.map(({ key, value }) => (
        <input type="hidden" name={key} value={value} />
      ))}
      {keys.includes('q') ? <SearchField text={filter.text ?? null} /> : null}
      {keys.includes('since') ? (
        <TimeField name="since" label="From (UTC)" at={filter.since} />
      ) : null}
      {keys.includes('until') ? (
        <TimeField name="until" label="To (UTC)" at={filter.until} />
      ) : null}
      {keys.includes('project') ? <Choice name="project" label="Project" /> : null}
      <Choice name="agent" label="Agent" />
      <label class="filter-field">
        <span>State</span>
        <select id="filter-state" name="state">
          <option value="">any</option>
          {STATES.map((state) => (
            <option value={state}>{stateWord(state)}</option>
          ))}
        </select>
      </label>
      <Choice name="type" label="Event type" />
      <button class="filter-apply" type="submit">
        Filter
      </button>
      <noscript>
        <a href="/choices?field=project">Find a project</a>{' '}
        <a href="/choices?field=agent">or an agent</a>
      </noscript>
      {chosen.length > 0 ? <ChosenList chosen={chosen} path={path} /> : null}
    </form>
  )
}

function Choice({ name, label }: { name: ChoiceInputProps['name']; label: string }) {
  const id = `filter-${name}`
  return (
    <label class="filter-field" for={id}>
      <span>{label}</span>
      <ChoiceInput name={name} id={id} placeholder="any" />
    </label>
  )
}

function SearchField({ text }: { text: string | null }) {
  return (
    <label class="filter-field filter-search">
      <span>Search</span>
      <input id="filter-q" type="search" name="q" value={text ?? ''} maxlength={200} />
    </label>
  )
}

/** Where the reader is, the server cannot know: the label says which clock is meant. */
function TimeField({ name, label, at }: { name: string; label: string; at?: Date | null }) {
  return (
    <label class="filter-field filter-time">
      <span>{label}</span>
      <input
        id={`filter-${name}`}
        type="datetime-local"
        name={name}
        value={at ? at.toISOString().slice(0, at.getUTCSeconds() === 0 ? 16 : 19) : ''}
      />
    </label>
  )
}

function ChosenList({ chosen, path }: { chosen: readonly Chosen[]; path: string }) {
  return (
    <ul class="chips" aria-label="Filters in use">
      {chosen.map(({ key, label, without }) => (
        <li>
          <a class="chip" href={pageUrl(path, without)}>
            <span class="sr">Remove filter: </span>
            <span class="chip-key">{key}</span>
            <span class="chip-label" dir="auto">
              {cutEnd(label, 60)}
            </span>
            <Icon name="close" />
          </a>
        </li>
      ))}
    </ul>
  )
}

/** What a filter selects, in words that a person can check. */
export function chosenValues(filter: FeedFilter, names: Names): Chosen[] {
  const { projects, agents, states, types } = filter
  return [
    ...projects.map((slug) => ({
      key: 'project' as const,
      value: slug,
      label: names.projects.find((project) => project.slug === slug)?.name ?? slug,
      without: { ...filter, projects: projects.filter((other) => other !== slug) },
    })),
    ...agents.map((id) => ({
      key: 'agent' as const,
      value: String(id),
      label: names.agents.find((agent) => agent.id === id)?.name ?? String(id),
      without: { ...filter, agents: agents.filter((other) => other !== id) },
    })),
    ...states.map((state) => ({
      key: 'state' as const,
      value: state,
      label: stateWord(state),
      without: { ...filter, states: states.filter((other) => other !== state) },
    })),
    ...types.map((type) => ({
      key: 'type' as const,
      value: type,
      label: type,
      without: { ...filter, types: types.filter((other) => other !== type) },
    })),
  ]
}
