import { type FormFault, FormField, NewPasswordField } from '../components/form-field'
import { type SettingsFrame, SettingsLayout } from './settings-layout'

interface AccountModel {
  /** Null without an account: the person at the machine, or a login by the token. */
  readonly person: { readonly name: string; readonly email: string; readonly role: string } | null
  readonly fault: FormFault | null
  readonly isChanged: boolean
  /** The visitor has a login session. */
  readonly isLoggedIn: boolean
}

const HERE = '/settings/account'

export function AccountPage({ model, ...page }: SettingsFrame & { model: AccountModel }) {
  const { person, isChanged, isLoggedIn } = model
  return (
    <SettingsLayout title="Your account" current={HERE} {...page}>
      {isChanged ? (
        <p class="settings-done" role="status">
          Your password is changed, and other browsers are logged out.
        </p>
      ) : null}
      {person ? (
        <p>
          <span dir="auto">{person.name}</span>, <span dir="auto">{person.email}</span>,{' '}
          {person.role}
        </p>
      ) : (
        <p>
          {isLoggedIn
            ? 'You have logged in with the token that Muster was started with.'
            : 'You are at this machine, and nobody has to log in. The first account is made under People.'}
        </p>
      )}
      {person ? <PasswordForm fault={model.fault} /> : null}
      {isLoggedIn ? (
        <form class="settings-form" method="post" action="/logout/everywhere">
          <h2>Log out everywhere</h2>
          <p class="muted">In this browser and in all others.</p>
          <button type="submit" class="button">
            Log out everywhere
          </button>
        </form>
      ) : null}
    </SettingsLayout>
  )
}

function PasswordForm({ fault }: Pick<AccountModel, 'fault'>) {
  return (
    <form class="settings-form" method="post" action={`${HERE}/password`}>
      <h2>Change your password</h2>
      <FormField
        name="current_password"
        label="Present password"
        type="password"
        fault={fault}
        required
        autocomplete="current-password"
      />
      <NewPasswordField name="new_password" label="New password" fault={fault} />
      <button type="submit" class="button">
        Change password
      </button>
    </form>
  )
}
