import type { ListedSession, SessionFilter } from '../../src/fleet/session-list'
import { cutEnd } from '../components/cut'
import { type FormFault, FormField, FormSelect } from '../components/form-field'
import { stateWord } from '../components/state-mark'
import { Time } from '../components/time'
import { type SettingsFrame, SettingsLayout } from './settings-layout'

/** What was refused, and for which session. */
export interface SessionFault extends FormFault {
  readonly id: number
}

export interface SessionListFilter extends SessionFilter {
  /** The short name of the project. */
  readonly project: string | null
}

interface SessionsModel {
  readonly filter: SessionListFilter
  /** The place that the page begins after; null: it is the first. */
  readonly after: string | null
  readonly sessions: readonly ListedSession[]
  /** The place that the next page begins after. */
  readonly next: string | null
  readonly fault: SessionFault | null
}

const HERE = '/settings/sessions'
const MAX_DAYS_LENGTH = 4

export function SessionsPage({ model, ...page }: SettingsFrame & { model: SessionsModel }) {
  const { filter, after, sessions, next, fault } = model
  const from = queryOf(filter, after)
  return (
    <SettingsLayout title="Sessions" current={HERE} {...page}>
      <Filter filter={filter} />
      {sessions.length === 0 ? <p>There is no such session.</p> : null}
      <ul class="settings-list">
        {sessions.map((session) => (
          <SessionItem
            session={session}
            from={from}
            fault={fault?.id === session.id ? fault : null}
          />
        ))}
      </ul>
      <nav class="pager" aria-label="Pages of the list">
        {after === null ? null : (
          <a class="button" rel="first" href={listUrl(filter, null)}>
            First page
          </a>
        )}
        {next === null ? null : (
          <a class="button" rel="next" href={listUrl(filter, next)}>
            Older
          </a>
        )}
      </nav>
      <ByAge filter={filter} />
    </SettingsLayout>
  )
}

function Filter({ filter: { project, silentDays, isArchived } }: { filter: SessionListFilter }) {
  const archived = isArchived === null ? '' : isArchived ? 'yes' : 'no'
  return (
    <form class="project-form" method="get" action={HERE} aria-label="Filter">
      <ProjectField project={project} />
      <FormField
        name="days"
        label="Silent for (days)"
        fault={null}
        value={silentDays === null ? '' : String(silentDays)}
        maxlength={MAX_DAYS_LENGTH}
        autocomplete="off"
      />
      <FormSelect
        name="archived"
        label="Archived"
        fault={null}
        chosen={archived}
        options={[
          { value: '', label: 'any' },
          { value: 'no', label: 'no' },
          { value: 'yes', label: 'yes' },
        ]}
      />
      <button type="submit" class="button">
        Filter
      </button>
    </form>
  )
}

function ProjectField({ project }: { project: string | null }) {
  return (
    <FormField
      name="project"
      label="Project (its short name)"
      fault={null}
      value={project ?? ''}
      maxlength={100}
      autocomplete="off"
    />
  )
}

interface SessionItemProps {
  session: ListedSession
  from: string
  fault: FormFault | null
}

function SessionItem({ session, from, fault }: SessionItemProps) {
  const { id, name, title, projectName, state, heardAt, archivedAt } = session
  return (
    <li class="settings-item">
      <div class="settings-what">
        <p class="settings-name" dir="auto">
          <a href={`/agents/${id}`}>{cutEnd(name, 80)}</a>
        </p>
        <p dir="auto">{cutEnd(title, 160)}</p>
        <p class="muted" dir="auto">
          {cutEnd(projectName, 80)} · {stateWord(state)} · heard of{' '}
          <Time at={heardAt} as="relative" />
          {archivedAt ? (
            <>
              {' '}
              · archived <Time at={archivedAt} as="relative" />
            </>
          ) : null}
        </p>
      </div>
      <details class="project-change" open={fault !== null}>
        <summary aria-label={`Change ${name}`}>Change</summary>
        {archivedAt ? (
          <Change id={id} from={from} action="restore" label="Bring back" />
        ) : (
          <Change id={id} from={from} action="archive" label="Archive" />
        )}
        <form class="project-form" method="post" action={`${HERE}/${id}/remove`}>
          <input type="hidden" name="from" value={from} />
          <FormField
            name="confirm"
            label={`Its number, ${id}, to confirm`}
            fault={fault}
            required
            autocomplete="off"
          />
          <button type="submit" class="button">
            Remove for good
          </button>
        </form>
      </details>
    </li>
  )
}

interface ChangeProps {
  id: number
  from: string
  action: string
  label: string
}

function Change({ id, from, action, label }: ChangeProps) {
  return (
    <form class="project-form" method="post" action={`${HERE}/${id}/${action}`}>
      <input type="hidden" name="from" value={from} />
      <button type="submit" class="button">
        {label}
      </button>
    </form>
  )
}

/** Leads to a page that says how many they are. */
function ByAge({ filter: { project, silentDays } }: { filter: SessionListFilter }) {
  return (
    <form class="settings-form" method="get" action={`${HERE}/silent`} aria-label="By age">
      <h2>All that have been silent</h2>
      <ProjectField project={project} />
      <FormField
        name="days"
        label="Silent for (days)"
        fault={null}
        value={String(silentDays ?? 30)}
        maxlength={MAX_DAYS_LENGTH}
        required
        autocomplete="off"
      />
      <FormSelect
        name="do"
        label="What becomes of them"
        fault={null}
        chosen="archive"
        options={[
          { value: 'archive', label: 'they are archived' },
          { value: 'remove', label: 'they are removed for good' },
        ]}
      />
      <button type="submit" class="button">
        Show how many
      </button>
    </form>
  )
}

function queryOf(filter: SessionListFilter, after: string | null): string {
  const { project, silentDays, isArchived } = filter
  return new URLSearchParams({
    ...(project !== null && { project }),
    ...(silentDays !== null && { days: String(silentDays) }),
    ...(isArchived !== null && { archived: isArchived ? 'yes' : 'no' }),
    ...(after !== null && { after }),
  }).toString()
}

/** The address of the list under a filter, from a place on. */
export function listUrl(filter: SessionListFilter, after: string | null): string {
  const query = queryOf(filter, after)
  return query === '' ? HERE : `${HERE}?${query}`
}
