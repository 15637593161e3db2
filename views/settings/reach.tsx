import { Choice, FieldGroup, type FormFault } from '../components/form-field'

export interface ProjectChoice {
  readonly id: number
  readonly name: string
}

export interface ReachProps {
  projects: readonly ProjectChoice[]
  /** Null: all. */
  chosen: readonly number[] | null
  fault: FormFault | null
}

/** All projects, or some. */
export function Reach({ projects, chosen, fault }: ReachProps) {
  return (
    <FieldGroup name="projects" legend="Projects" fault={fault}>
      <Choice
        type="radio"
        name="reach"
        value="all"
        isChosen={chosen === null}
        label="All, and what belongs to none"
      />
      <Choice
        type="radio"
        name="reach"
        value="some"
        isChosen={chosen !== null}
        label="Only these:"
      />
      <div class="reach-projects">
        {projects.length === 0 ? <p class="muted">No project has reported yet.</p> : null}
        {projects.map(({ id, name }) => (
          <Choice
            type="checkbox"
            name="project"
            value={String(id)}
            isChosen={chosen?.includes(id) ?? false}
            label={name}
          />
        ))}
      </div>
    </FieldGroup>
  )
}

/** "all projects", or their names. */
export function reachText(
  projectIds: readonly number[] | null,
  projects: readonly ProjectChoice[],
): string {
  if (projectIds === null) return 'all projects'
  const names = projectIds.map((id) => projects.find((known) => known.id === id)?.name ?? `${id}`)
  return names.join(', ') || 'no project'
}
