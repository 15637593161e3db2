import type { Child } from 'hono/jsx'
import type { ListedSession, SessionFilter } from '../../src/fleet/session-list'
import { cutEnd } from '../components/cut'
import { type FormFault, FormField, FormSelect } from '../components/form-field'
import { stateWord } from '../components/state-mark'
import { Time } from '../components/time'
import { ActionForm, Archived, Changes, ListPager, SettingsItem } from './list'
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
      <ListPager
        first={after === null ? null : { href: listUrl(filter, null), label: 'First page' }}
        older={next === null ? null : listUrl(filter, next)}
      />
      <ByAge filter={filter} />
    </SettingsLayout>
  )
}

function Filter({ filter: { project, silentDays, isArchived } }: { filter: SessionListFilter }) {
  const archived = isArchived === null ? '' : isArchived ? 'yes' : 'no'
  return (
    <form class="project-form" method="get" action={HERE} aria-label="Filter">
      <ProjectField project={project} />
      <DaysField days={silentDays} />
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

function DaysField({ days, required }: { days: number | null; required?: true }) {
  return (
    <FormField
      name="days"
      label="Silent for (days)"
      fault={null}
      value={days === null ? '' : String(days)}
      maxlength={MAX_DAYS_LENGTH}
      {...(required && { required })}
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
  const { id, name, title, projectName, state, lastSeenAt, archivedAt } = session
  return (
    <SettingsItem
      name={<a href={`/agents/${id}`}>{cutEnd(name, 80)}</a>}
      action={
        <Changes of={name} isOpen={fault !== null}>
          {archivedAt ? (
            <Change id={id} from={from} action="restore" label="Bring back" />
          ) : (
            <Change id={id} from={from} action="archive" label="Archive" />
          )}
          <Change id={id} from={from} action="remove" label="Remove for good">
            <FormField
              name="confirm"
              label={`Its number, ${id}, to confirm`}
              fault={fault}
              required
              autocomplete="off"
            />
          </Change>
        </Changes>
      }
    >
      <p dir="auto">{cutEnd(title, 160)}</p>
      <p class="muted" dir="auto">
        {cutEnd(projectName, 80)} · {stateWord(state)} · heard of{' '}
        <Time at={lastSeenAt} as="relative" />
        <Archived at={archivedAt} />
      </p>
    </SettingsItem>
  )
}

interface ChangeProps {
  id: number
  from: string
  action: string
  label: string
  children?: Child
}

function Change({ id, from, action, label, children }: ChangeProps) {
  return (
    <ActionForm action={`${HERE}/${id}/${action}`} label={label}>
      <input type="hidden" name="from" value={from} />
      {children}
    </ActionForm>
  )
}

/** Leads to a page that says how many they are. */
function ByAge({ filter: { project, silentDays } }: { filter: SessionListFilter }) {
  return (
    <form class="settings-form" method="get" action={`${HERE}/silent`} aria-label="By age">
      <h2>All that have been silent</h2>
      <ProjectField project={project} />
      <DaysField days={silentDays ?? 30} required />
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
