import type { Child } from 'hono/jsx'
import type { ListedProject } from '../../src/fleet/project-list'
import { type FormFault, FormField, FormSelect } from '../components/form-field'
import { projectUrl } from '../components/project-section'
import { Time } from '../components/time'
import { type SettingsFrame, SettingsLayout } from './settings-layout'

/** What was refused, and for which project. */
export interface ProjectFault extends FormFault {
  readonly id: number
}

export interface ProjectsModel {
  readonly projects: readonly ListedProject[]
  readonly fault: ProjectFault | null
}

const HERE = '/settings/projects'

export function ProjectsPage({ model, ...page }: SettingsFrame & { model: ProjectsModel }) {
  const { projects, fault } = model
  const own = projects.filter(({ mergedInto }) => mergedInto === null)
  return (
    <SettingsLayout title="Projects" current={HERE} {...page}>
      {own.length === 0 ? <p>Nothing has been reported yet.</p> : null}
      <ul class="settings-list">
        {own.map((project) => (
          <ProjectItem
            project={project}
            others={own.filter((other) => other !== project && other.archivedAt === null)}
            merged={projects.filter(({ mergedInto }) => mergedInto === project.id)}
            fault={fault?.id === project.id ? fault : null}
          />
        ))}
      </ul>
    </SettingsLayout>
  )
}

interface ProjectItemProps {
  project: ListedProject
  others: readonly ListedProject[]
  merged: readonly ListedProject[]
  fault: FormFault | null
}

function ProjectItem({ project, others, merged, fault }: ProjectItemProps) {
  const { name, host, path } = project
  return (
    <li class="settings-item">
      <div class="settings-what">
        <p class="settings-name" dir="auto">
          <a href={projectUrl(project)}>{name}</a>
        </p>
        <p class="muted" dir="auto">
          {[host, path].filter(Boolean).join(': ')}
        </p>
        <Life project={project} />
        {merged.length > 0 ? (
          <p class="muted" dir="auto">
            With what was merged into it: {merged.map((other) => other.name).join(', ')}
          </p>
        ) : null}
      </div>
      <details class="project-change" open={fault !== null}>
        <summary aria-label={`Change ${name}`}>Change</summary>
        <Changes project={project} others={others} fault={fault} />
      </details>
    </li>
  )
}

function Life({ project: { sessions, heardAt, archivedAt } }: { project: ListedProject }) {
  return (
    <p class="muted">
      {sessions === 1 ? '1 session' : `${sessions} sessions`}
      {heardAt ? (
        <>
          {' '}
          · heard of <Time at={heardAt} as="relative" />
        </>
      ) : null}
      {archivedAt ? (
        <>
          {' '}
          · archived <Time at={archivedAt} as="relative" />
        </>
      ) : null}
    </p>
  )
}

/** One form for each thing that can be done: they do not depend on each other. */
function Changes({ project, others, fault }: Omit<ProjectItemProps, 'merged'>) {
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
      {others.length > 0 ? (
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

function Change({ id, action, label, children }: ChangeProps) {
  return (
    <form class="project-form" method="post" action={`${HERE}/${id}/${action}`}>
      {children}
      <button type="submit" class="button">
        {label}
      </button>
    </form>
  )
}
