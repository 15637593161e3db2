import type { Chosen, PageFilter } from '../src/fleet/board'
import { STATES } from '../src/log/state'
import { ChoiceInput } from './components/choice-input'
import { Empty } from './components/empty'
import { chosenValues } from './components/filter-form'
import { stateWord } from './components/state-mark'
import { Layout, type PageFrame } from './layout'
import type { ViewModel } from './view'

/** A saved view with its filter in the words of a page. */
export interface ListedView extends ViewModel {
  readonly filter: PageFilter
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
    <Layout title={`Edit ${view.name}`} page="view-edit" frame={frame}>
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
        <fieldset>
          <legend>States</legend>
          <p class="muted">None chosen means all.</p>
          <div class="view-choices">
            {STATES.map((state) => (
              <label class="view-choice">
                <input
                  type="checkbox"
                  name="state"
                  value={state}
                  checked={view.filter.states.includes(state)}
                />
                {stateWord(state)}
              </label>
            ))}
          </div>
        </fieldset>
        <ListField view={view} name="project" legend="Projects" />
        <ListField view={view} name="agent" legend="Agents" />
        <ListField view={view} name="type" legend="Event types" />
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

interface ListFieldProps {
  view: ListedView
  name: 'project' | 'agent' | 'type'
  legend: string
}

/** What is chosen, to be unchecked, and room for one more. */
function ListField({ view, name, legend }: ListFieldProps) {
  const chosen = chosenValues(view.filter, view.names).filter(({ key }) => key === name)
  return (
    <fieldset>
      <legend>{legend}</legend>
      {chosen.length === 0 ? <p class="muted">All of them.</p> : null}
      <div class="view-choices">
        {chosen.map(({ value, label }) => (
          <label class="view-choice" dir="auto">
            <input type="checkbox" name={name} value={value} checked />
            {label}
          </label>
        ))}
      </div>
      <label class="view-field" for={`add-${name}`}>
        <span>Add one</span>
        <ChoiceInput name={name} id={`add-${name}`} />
      </label>
    </fieldset>
  )
}

function inWords({ filter, names }: ListedView): string {
  const chosen = chosenValues(filter, names).map(({ key, label }) => `${key}: ${label}`)
  return chosen.length === 0 ? 'Everything' : chosen.join(', ')
}
