import type { Child } from 'hono/jsx'
import type { ListedProject } from '../src/fleet/project-list'
import { Time } from './components/time'
import { Layout, type PageFrame } from './layout'

/** What was refused, and for which project. */
export interface ProjectFault {
  readonly id: number
  readonly text: string
}

export interface ProjectSettingsProps {
  projects: readonly ListedProject[]
  fault: ProjectFault | null
  frame: PageFrame
}

export function ProjectSettingsPage({ projects, fault, frame }: ProjectSettingsProps) {
  const own = projects.filter(({ mergedInto }) => mergedInto === null)
  return (
    <Layout title="Projects" page="settings" frame={frame}>
      <h1>Projects</h1>
      {own.length === 0 ? <p class="muted">Nothing has been reported yet.</p> : null}
      <ul class="settings-list">
        {own.map((project) => (
          <Item
            project={project}
            others={own.filter((other) => other !== project && other.archivedAt === null)}
            merged={projects.filter(({ mergedInto }) => mergedInto === project.id)}
            fault={fault?.id === project.id ? fault.text : null}
          />
        ))}
      </ul>
    </Layout>
  )
}

interface ItemProps {
  project: ListedProject
  others: readonly ListedProject[]
  merged: readonly ListedProject[]
  fault: string | null
}

function Item({ project, others, merged, fault }: ItemProps) {
  const { id, name, slug, host, path, sessions, heardAt, archivedAt } = project
  return (
    <li class="settings-item" id={`project-${id}`}>
      <h2 dir="auto">
        <a href={`/projects/${slug}`}>{name}</a>
      </h2>
      <p class="muted" dir="auto">
        {[host, path].filter(Boolean).join(': ')}
      </p>
      <p class="muted">
        {sessions === 1 ? '1 session' : `${sessions} sessions`}
        {heardAt ? (
          <>
            , last heard of <Time at={heardAt} as="relative" />
          </>
        ) : null}
        {archivedAt ? (
          <>
            , archived <Time at={archivedAt} as="relative" />
          </>
        ) : null}
      </p>
      {merged.length > 0 ? (
        <p class="muted" dir="auto">
          With what was merged into it: {merged.map((other) => other.name).join(', ')}
        </p>
      ) : null}
      {fault ? (
        <p class="settings-fault" role="alert" dir="auto">
          {fault}
        </p>
      ) : null}
      <details class="settings-change" open={fault !== null}>
        <summary>Change</summary>
        <Form project={project} action="rename" label="Rename">
          <label class="settings-field">
            <span>Name</span>
            <input name="name" value={name} maxlength={100} required dir="auto" />
          </label>
        </Form>
        {archivedAt ? (
          <Form project={project} action="restore" label="Bring back" />
        ) : (
          <Form project={project} action="archive" label="Archive" />
        )}
        {others.length > 0 ? (
          <Form project={project} action="merge" label="Merge">
            <label class="settings-field">
              <span>Into</span>
              <select name="into" required>
                <option value="">choose a project</option>
                {others.map((other) => (
                  <option value={other.id}>{other.name}</option>
                ))}
              </select>
            </label>
          </Form>
        ) : null}
        <Form project={project} action="remove" label="Remove for good">
          <label class="settings-field">
            <span>Its name, to confirm</span>
            <input name="name" required autocomplete="off" dir="auto" />
          </label>
        </Form>
      </details>
    </li>
  )
}

function Form(props: { project: ListedProject; action: string; label: string; children?: Child }) {
  return (
    <form
      class="settings-form"
      method="post"
      action={`/settings/projects/${props.project.id}/${props.action}`}
    >
      {props.children}
      <button type="submit" class="button">
        {props.label}
      </button>
    </form>
  )
}
