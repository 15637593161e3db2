import type { Child } from 'hono/jsx'
import { type ListedProject, MAX_COUNTED_SESSIONS } from '../../src/fleet/project-list'
import { wholeNumber } from '../components/figures'
import { type FormFault, FormField, FormSelect } from '../components/form-field'
import { NameSearch } from '../components/name-search'
import { Time } from '../components/time'
import { projectUrl } from '../urls'
import { ActionForm, Archived, Changes, SettingsItem } from './list'
import { type SettingsFrame, SettingsLayout } from './settings-layout'

/** What was refused, and for which project. */
export interface ProjectFault extends FormFault {
  readonly id: number
}

interface ProjectsModel {
  readonly own: readonly ListedProject[]
  /** What was merged into them. */
  readonly merged: readonly ListedProject[]
  /** There are more of this name. */
  readonly hasMore: boolean
  /** What was looked for; may be empty. */
  readonly text: string
  readonly fault: ProjectFault | null
}

const HERE = '/settings/projects'

export function ProjectsPage({ model, ...page }: SettingsFrame & { model: ProjectsModel }) {
  const { own, merged, hasMore, text, fault } = model
  return (
    <SettingsLayout title="Projects" current={HERE} {...page}>
      {hasMore || text !== '' ? <NameSearch action={HERE} text={text} /> : null}
      {own.length === 0 ? <Nothing text={text} /> : null}
      <ul class="settings-list">
        {own.map((project) => (
          <ProjectItem
            project={project}
            others={
              hasMore || text !== ''
                ? null
                : own.filter((other) => other !== project && other.archivedAt === null)
            }
            merged={merged.filter(({ mergedInto }) => mergedInto === project.id)}
            fault={fault?.id === project.id ? fault : null}
          />
        ))}
      </ul>
      {hasMore ? <p class="muted">There are more: look for one by its name.</p> : null}
    </SettingsLayout>
  )
}

function Nothing({ text }: { text: string }) {
  return <p>{text === '' ? 'Nothing has been reported yet.' : 'No project has such a name.'}</p>
}

interface ProjectItemProps {
  project: ListedProject
  /** What it can be merged into; null where there are too many to choose from. */
  others: readonly ListedProject[] | null
  merged: readonly ListedProject[]
  fault: FormFault | null
}

function ProjectItem({ project, others, merged, fault }: ProjectItemProps) {
  const { name, host, path } = project
  return (
    <SettingsItem
      name={<a href={projectUrl(project)}>{name}</a>}
      action={
        <Changes of={name} isOpen={fault !== null}>
          <ProjectForms project={project} others={others} fault={fault} />
        </Changes>
      }
    >
      <p class="muted" dir="auto">
        {[host, path].filter(Boolean).join(': ')}
      </p>
      <Life project={project} />
      {merged.length > 0 ? (
        <p class="muted" dir="auto">
          With what was merged into it: {merged.map((other) => other.name).join(', ')}
        </p>
      ) : null}
    </SettingsItem>
  )
}

function Life({ project: { sessions, lastSeenAt, archivedAt } }: { project: ListedProject }) {
  return (
    <p class="muted">
      {sessionCount(sessions)}
      {lastSeenAt ? (
        <>
          {' '}
          · heard of <Time at={lastSeenAt} as="relative" />
        </>
      ) : null}
      <Archived at={archivedAt} />
    </p>
  )
}

function sessionCount(sessions: number): string {
  if (sessions > MAX_COUNTED_SESSIONS)
    return `more than ${wholeNumber(MAX_COUNTED_SESSIONS)} sessions`
  return sessions === 1 ? '1 session' : `${wholeNumber(sessions)} sessions`
}

/** One form for each thing that can be done: they do not depend on each other. */
function ProjectForms({ project, others, fault }: Omit<ProjectItemProps, 'merged'>) {
  const { id, name, archivedAt } = project
  return (
    <>
      <Change id={id} action="rename" label="Rename">
        <FormField
          name="name"
          label="Name"
          fault={fault}
          value={name}
          maxlength={100}
          required
          autocomplete="off"
        />
      </Change>
      {others === null ? (
        <Change id={id} action="merge" label="Merge">
          <FormField
            name="into"
            label="Into (the short name in its address)"
            fault={fault}
            required
            autocomplete="off"
          />
        </Change>
      ) : null}
      {others !== null && others.length > 0 ? (
        <Change id={id} action="merge" label="Merge">
          <FormSelect
            name="into"
            label="Into"
            fault={fault}
            chosen=""
            options={[
              { value: '', label: 'choose a project' },
              ...others.map((other) => ({ value: String(other.id), label: other.name })),
            ]}
          />
        </Change>
      ) : null}
      {archivedAt ? (
        <Change id={id} action="restore" label="Bring back" />
      ) : (
        <Change id={id} action="archive" label="Archive" />
      )}
      <Change id={id} action="remove" label="Remove for good">
        <FormField
          name="confirm"
          label="Its name, to confirm"
          fault={fault}
          required
          autocomplete="off"
        />
      </Change>
    </>
  )
}

interface ChangeProps {
  id: number
  action: string
  label: string
  children?: Child
}

function Change({ id, action, ...form }: ChangeProps) {
  return <ActionForm action={`${HERE}/${id}/${action}`} {...form} />
}
