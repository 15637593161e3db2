import { Choice, type FormFault } from '../components/form-field'
import { type PersonLine, RoleChoice } from './people'
import { type ProjectChoices, Reach } from './reach'
import { type SettingsFrame, SettingsLayout } from './settings-layout'

interface PersonModel {
  readonly person: PersonLine
  readonly projects: ProjectChoices
  readonly fault: FormFault | null
}

/** What one person may do, and the ends of that. */
export function PersonPage({ model, ...page }: SettingsFrame & { model: PersonModel }) {
  const { person, projects, fault } = model
  const here = `/settings/people/${person.id}`
  return (
    <SettingsLayout title={person.name} current="/settings/people" {...page}>
      <p class="muted" dir="auto">
        {person.email}
      </p>
      <form class="settings-form" method="post" action={here}>
        <RoleChoice role={person.role} fault={fault} />
        <Reach projects={projects} chosen={person.projectIds} fault={fault} />
        <Choice
          type="checkbox"
          name="disabled"
          value="yes"
          isChosen={person.isDisabled}
          label="Disabled"
          hint="cannot log in, and is logged out"
        />
        <button type="submit" class="button">
          Save
        </button>
      </form>
      <form class="settings-form" method="post" action={`${here}/password`}>
        <h2>Password</h2>
        <p class="muted">
          A one-time password takes the place of theirs, and logs them out everywhere.
        </p>
        <button type="submit" class="button">
          Give a one-time password
        </button>
      </form>
      <form class="settings-form" method="post" action={`${here}/delete`}>
        <h2>Delete</h2>
        <p class="muted">What they did stays in the log.</p>
        <button type="submit" class="button">
          Delete the account
        </button>
      </form>
    </SettingsLayout>
  )
}
