import { ChoiceGroup, type FormFault, FormField, NewPasswordField } from '../components/form-field'
import { SettingsItem } from './list'
import { type ProjectChoices, Reach, reachText } from './reach'
import { type SettingsFrame, SettingsLayout, ShownOnce } from './settings-layout'

export interface PersonLine {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: string
  readonly projectIds: readonly number[] | null
  readonly isDisabled: boolean
}

interface PersonForm {
  readonly email: string
  readonly name: string
  readonly role: string
  readonly projectIds: readonly number[] | null
}

export interface PeopleModel {
  readonly people: readonly PersonLine[]
  readonly projects: ProjectChoices
  readonly form: PersonForm
  readonly fault: FormFault | null
  /** The one-time password of the account that was just given one. */
  readonly given: { readonly name: string; readonly password: string } | null
}

const HERE = '/settings/people'
const ROLES = [
  { value: 'viewer', label: 'Viewer', hint: 'sees' },
  { value: 'member', label: 'Member', hint: 'sees and acts' },
  { value: 'admin', label: 'Admin', hint: 'decides about others too' },
]

export function PeoplePage({ model, ...page }: SettingsFrame & { model: PeopleModel }) {
  const { people, projects, given } = model
  return (
    <SettingsLayout title="People" current={HERE} {...page}>
      {given ? (
        <ShownOnce
          label={`The one-time password of ${given.name}`}
          secret={given.password}
          next={HERE}
        />
      ) : null}
      <ul class="settings-list">
        {people.map(({ id, name, email, role, projectIds, isDisabled }) => (
          <SettingsItem
            name={name}
            action={
              <a class="button" href={`${HERE}/${id}`} aria-label={`Change ${name}`}>
                Change
              </a>
            }
          >
            <p class="muted" dir="auto">
              {email}
            </p>
            <p class="muted">
              {role} · {reachText(projectIds, projects)}
              {isDisabled ? ' · disabled' : null}
            </p>
          </SettingsItem>
        ))}
      </ul>
      {given ? null : people.length === 0 ? (
        <FirstForm model={model} />
      ) : (
        <NewPersonForm model={model} />
      )}
    </SettingsLayout>
  )
}

function IdentityFields({ form, fault }: Pick<PeopleModel, 'form' | 'fault'>) {
  return (
    <>
      <FormField
        name="email"
        label="E-mail"
        type="email"
        fault={fault}
        value={form.email}
        maxlength={254}
        required
        autocomplete="off"
      />
      <FormField
        name="name"
        label="Name, if not the start of the address"
        fault={fault}
        value={form.name}
        maxlength={50}
        autocomplete="off"
      />
    </>
  )
}

/** Its creator is logged in with it: from then on every visitor needs an account. */
function FirstForm({ model }: { model: PeopleModel }) {
  const { fault } = model
  return (
    <form class="settings-form" method="post" action={HERE}>
      <h2>Create the first account</h2>
      <p class="muted">
        It is yours, and an administrator’s. From then on everybody has to log in.
      </p>
      <IdentityFields {...model} />
      <NewPasswordField name="password" label="Password" fault={fault} />
      <button type="submit" class="button">
        Create account and log in
      </button>
    </form>
  )
}

function NewPersonForm({ model }: { model: PeopleModel }) {
  const { form, fault, projects } = model
  return (
    <form class="settings-form" method="post" action={HERE}>
      <h2>Create account</h2>
      <IdentityFields {...model} />
      <RoleChoice role={form.role} fault={fault} />
      <Reach projects={projects} chosen={form.projectIds} fault={fault} />
      <button type="submit" class="button">
        Create account
      </button>
    </form>
  )
}

export function RoleChoice({ role, fault }: { role: string; fault: FormFault | null }) {
  return (
    <ChoiceGroup
      type="radio"
      name="role"
      legend="Role"
      fault={fault}
      options={ROLES}
      chosen={[role]}
    />
  )
}
