import type { ListField, Scalar, SingleField } from '../../src/filter/field'
import { type Filter, LISTS, type ListName, SINGLES, valuesOf } from '../../src/filter/filter'
import type { Target } from '../../src/filter/parse'
import type { Chosen as Names } from '../../src/fleet/board'
import type { State } from '../../src/log/state'
import { pageUrl } from '../urls'
import { ChoiceInput } from './choice-input'
import { cutEnd } from './cut'
import { Icon } from './icon'
import { stateWord } from './state-mark'

interface FilterFormProps {
  filter: Filter
  /** The names of what the filter names. */
  names: Names
  path: string
  /** Words and times are for pages of the log. */
  target?: Target
  /** A project's own page has no choice of projects. */
  without?: ListName
}

interface Chosen {
  name: ListName
  key: string
  value: string
  label: string
  without: Filter
}

/** Adds to the filter, one value at a time; each that is chosen can be taken away again. */
export function FilterForm({ filter, names, path, target = 'rows', without }: FilterFormProps) {
  const chosen = chosenValues(filter, names).filter(({ name }) => name !== without)
  return (
    <form class="filter" method="get" action={path} aria-label="Filter" data-filter-form="">
      {chosen.map(({ key, value }) => (
        <input type="hidden" name={key} value={value} />
      ))}
      {target === 'log'
        ? SINGLES.map(([name, field]) => <SingleControl field={field} value={filter[name]} />)
        : null}
      {LISTS.map(([name, field]) => (name === without ? null : <ListControl field={field} />))}
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

/** A field with which one value more is chosen. */
function ListControl({ field }: { field: ListField }) {
  const { page, label, control, options } = field
  if (!page) return null
  const id = `filter-${page.key}`
  return (
    <label class="filter-field" for={id}>
      <span>{label}</span>
      {control === 'choice' ? <ChoiceInput name={page.key} id={id} placeholder="any" /> : null}
      {control === 'text' ? <input id={id} name={page.key} placeholder="any" /> : null}
      {control === 'select' ? (
        <select id={id} name={page.key}>
          <option value="">any</option>
          {options.map((value) => (
            <option value={value}>{optionWord(field, value)}</option>
          ))}
        </select>
      ) : null}
    </label>
  )
}

/** Where the reader is, the server cannot know: the label of a time says which clock is meant. */
function SingleControl({ field, value }: { field: SingleField<unknown>; value: unknown }) {
  const { key, label, control } = field
  const id = `filter-${key}`
  return (
    <label class={`filter-field filter-${control}`} for={id}>
      <span>{label}</span>
      {control === 'search' ? (
        <input id={id} type="search" name={key} value={String(value ?? '')} maxlength={200} />
      ) : (
        <input id={id} type="datetime-local" name={key} value={localTime(value)} />
      )}
    </label>
  )
}

function localTime(value: unknown): string {
  return value instanceof Date
    ? value.toISOString().slice(0, value.getUTCSeconds() === 0 ? 16 : 19)
    : ''
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
export function chosenValues(filter: Filter, names: Names): Chosen[] {
  return LISTS.flatMap(([name, field]) => {
    const { page } = field
    if (!page) return []
    const values = valuesOf(filter, name)
    return values.map((value) => ({
      name,
      key: page.key,
      value: String(value),
      label: labelOf(name, value, names) ?? optionWord(field, value),
      without: { ...filter, [name]: values.filter((other) => other !== value) },
    }))
  })
}

function labelOf(name: ListName, value: Scalar, names: Names): string | undefined {
  if (name === 'projects') return names.projects.find(({ ref }) => ref === value)?.name
  if (name === 'agents') return names.agents.find(({ id }) => id === value)?.name
  return undefined
}

/** What stands on the page for a value of a select. */
export function optionWord({ page }: ListField, value: Scalar): string {
  return page?.key === 'state' ? stateWord(value as State) : String(value)
}
