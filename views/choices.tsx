import type { Choice, ChoiceField } from '../src/fleet/choices'
import { cutEnd } from './components/cut'
import { NameSearch } from './components/name-search'
import { Layout, type PageFrame } from './layout'

interface ChoicesModel {
  readonly field: ChoiceField
  /** What was looked for; may be empty. */
  readonly text: string
  readonly choices: readonly Choice[]
}

const TITLES: Record<ChoiceField, string> = {
  project: 'Find a project',
  agent: 'Find an agent',
  type: 'Find a type of event',
}

/** Suggestions for a field. */
export function ChoiceOptions({ choices }: { choices: readonly Choice[] }) {
  return (
    <>
      {choices.map(({ value, label }) => (
        <option value={value}>{label === value ? null : cutEnd(label, 80)}</option>
      ))}
    </>
  )
}

/** The same as a page, for browsers that run no script: each choice leads to what it selects. */
export function ChoicesPage({ model, frame }: { model: ChoicesModel; frame: PageFrame }) {
  const { field, text, choices } = model
  const title = TITLES[field]
  return (
    <Layout title={title} page="choices" frame={frame}>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">All projects</a>
      </nav>
      <h1>{title}</h1>
      <NameSearch action="/choices" text={text}>
        <input type="hidden" name="field" value={field} />
      </NameSearch>
      <ul class="choices">
        {choices.map(({ value, label }) => (
          <li>
            <a href={addressOf(field, value)} dir="auto">
              {cutEnd(label, 200)}
            </a>
          </li>
        ))}
      </ul>
      {choices.length === 0 ? <p class="muted">Nothing has such a name.</p> : null}
    </Layout>
  )
}

function addressOf(field: ChoiceField, value: string): string {
  const path = field === 'type' ? '/events' : '/'
  return `${path}?${new URLSearchParams({ [field]: value })}`
}
