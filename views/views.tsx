import type { ListField as FilterField } from '../src/filter/field'
import { type Filter, LISTS, type ListName, valuesOf } from '../src/filter/filter'
import type { Chosen } from '../src/fleet/board'
import { ChoiceInput } from './components/choice-input'
import { Empty } from './components/empty'
import { chosenValues, optionWord } from './components/filter-form'
import { Layout, type PageFrame } from './layout'

/** A saved view with its filter in the words of a page. */
export interface ListedView {
  readonly id: string
  readonly name: string
  readonly filter: Filter
  /** The names of what the filter names. */
  readonly names: Chosen
}

interface Common {
  frame: PageFrame
}

/** The owner's views. */
export function ViewsPage({ views, frame }: { views: readonly ListedView[] } & Common) {
  return (
    <Layout title="Views" page="views" frame={frame}>
      <h1>Views</h1>
      {views.length === 0 ? (
        <Empty title="You have saved no view yet">
          <p>
            Narrow <a href="/">the board</a> to what you want to watch, then choose “Save as a
            view”. Nobody else sees your views.
          </p>
        </Empty>
      ) : (
        <ul class="view-list">
          {views.map((view) => (
            <li>
              <div class="view-what">
                <a class="view-name" href={`/views/${view.id}`} dir="auto">
                  {view.name}
                </a>
                <span class="muted" dir="auto">
                  {inWords(view)}
                </span>
              </div>
              <a class="button" href={`/views/${view.id}/edit`}>
                Edit<span class="sr"> {view.name}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Layout>
  )
}

/** Rename it, change what it selects, or delete it. Complete without a script. */
export function EditViewPage({ view, frame }: { view: ListedView } & Common) {
  const action = `/views/${view.id}`
  return (
    <Layout title={`Edit ${view.name}`} page="view-edit" within="views" frame={frame}>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/views">Views</a>
        <a href={action} dir="auto">
          {view.name}
        </a>
      </nav>
      <h1>Edit a view</h1>
      <form class="view-form" method="post" action={action}>
        <label class="view-field">
          <span>Name</span>
          <input name="name" value={view.name} required maxlength={50} autocomplete="off" />
        </label>
        {LISTS.filter(isSelect).map(([name, field]) => (
          <SelectField view={view} name={name} field={field} />
        ))}
        {LISTS.filter((list) => !isSelect(list)).map(([name, field]) => (
          <ListField view={view} name={name} field={field} />
        ))}
        <button type="submit" class="button">
          Save
        </button>
      </form>
      <form class="view-delete" method="post" action={`${action}/delete`}>
        <button type="submit" class="button">
          Delete this view
        </button>
      </form>
    </Layout>
  )
}

interface FieldProps {
  view: ListedView
  name: ListName
  field: FilterField
}

function isSelect([, { control }]: readonly [ListName, FilterField]): boolean {
  return control === 'select'
}

/** All that can be chosen. */
function SelectField({ view, name, field }: FieldProps) {
  const { page, plural, options } = field
  if (!page) return null
  const chosen = valuesOf(view.filter, name)
  return (
    <fieldset>
      <legend>{plural}</legend>
      <p class="muted">None chosen means all.</p>
      <div class="view-choices">
        {options.map((value) => (
          <label class="view-choice">
            <input type="checkbox" name={page.key} value={value} checked={chosen.includes(value)} />
            {optionWord(field, value)}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** What is chosen, to be unchecked, and room for one more. */
function ListField({ view, name, field: { page, plural, control } }: FieldProps) {
  if (!page) return null
  const chosen = chosenValues(view.filter, view.names).filter((one) => one.name === name)
  const id = `add-${page.key}`
  return (
    <fieldset>
      <legend>{plural}</legend>
      {chosen.length === 0 ? <p class="muted">All of them.</p> : null}
      <div class="view-choices">
        {chosen.map(({ value, label }) => (
          <label class="view-choice" dir="auto">
            <input type="checkbox" name={page.key} value={value} checked />
            {label}
          </label>
        ))}
      </div>
      <label class="view-field" for={id}>
        <span>Add one</span>
        {control === 'choice' ? (
          <ChoiceInput name={page.key} id={id} />
        ) : (
          <input id={id} name={page.key} />
        )}
      </label>
    </fieldset>
  )
}

function inWords({ filter, names }: ListedView): string {
  const chosen = chosenValues(filter, names).map(({ key, label }) => `${key}: ${label}`)
  return chosen.length === 0 ? 'Everything' : chosen.join(', ')
}
