import { ChoiceInput } from '../components/choice-input'
import { Choice, FieldGroup, type FormFault } from '../components/form-field'

export interface ProjectChoice {
  readonly id: number
  readonly name: string
}

export interface ProjectChoices {
  readonly listed: readonly ProjectChoice[]
  /** There are others, to be named by their short names. */
  readonly hasMore: boolean
}

interface ReachProps {
  projects: ProjectChoices
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
        {projects.listed.length === 0 ? <p class="muted">No project has reported yet.</p> : null}
        {projects.listed.map(({ id, name }) => (
          <Choice
            type="checkbox"
            name="project"
            value={String(id)}
            isChosen={chosen?.includes(id) ?? false}
            label={name}
          />
        ))}
        {projects.hasMore ? (
          <label class="filter-field" for="reach-more">
            <span>Another one, by the short name in its address</span>
            <ChoiceInput name="project" id="reach-more" />
          </label>
        ) : null}
      </div>
    </FieldGroup>
  )
}

/** "all projects", or their names. */
export function reachText(projectIds: readonly number[] | null, projects: ProjectChoices): string {
  if (projectIds === null) return 'all projects'
  const names = projectIds.map(
    (id) => projects.listed.find((known) => known.id === id)?.name ?? `${id}`,
  )
  return names.join(', ') || 'no project'
}
