import { ChoiceGroup, type FormFault, FormField, FormSelect } from '../components/form-field'
import { Time } from '../components/time'
import { SettingsItem } from './list'
import { type ProjectChoices, Reach, reachText } from './reach'
import { type SettingsFrame, SettingsLayout, ShownOnce } from './settings-layout'

interface TokenLine {
  readonly id: string
  readonly name: string
  readonly rights: {
    readonly may: readonly string[]
    readonly projectIds: readonly number[] | null
  }
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
  readonly isExpired: boolean
}

export interface TokensModel {
  readonly tokens: readonly TokenLine[]
  readonly projects: ProjectChoices
  readonly form: {
    readonly name: string
    readonly rights: readonly string[]
    readonly projectIds: readonly number[] | null
    readonly expires: string
  }
  readonly fault: FormFault | null
  /** The text of the token that was just made. */
  readonly made: { readonly name: string; readonly text: string } | null
}

const HERE = '/settings/tokens'
const RIGHTS = [
  { value: 'report', label: 'Report', hint: 'sends reports' },
  { value: 'read', label: 'Read', hint: 'sees everything' },
  { value: 'admin', label: 'Admin', hint: 'both, and decides about others' },
]
export const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'a year' },
  { value: '', label: 'never ends' },
]

export function TokensPage({ model, ...page }: SettingsFrame & { model: TokensModel }) {
  const { made, tokens, projects } = model
  return (
    <SettingsLayout title="Tokens" current={HERE} {...page}>
      <p class="muted">
        What machines send as <code>Authorization: Bearer …</code>
      </p>
      {made ? (
        <ShownOnce label={`The token “${made.name}”`} secret={made.text} next={HERE} />
      ) : null}
      {tokens.length === 0 ? <p>There is no token.</p> : null}
      <ul class="settings-list">
        {tokens.map((token) => (
          <TokenItem token={token} projects={projects} />
        ))}
      </ul>
      {made ? null : <NewTokenForm model={model} />}
    </SettingsLayout>
  )
}

function TokenItem({ token, projects }: { token: TokenLine; projects: ProjectChoices }) {
  const { id, name, rights, lastUsedAt, expiresAt, isExpired } = token
  return (
    <SettingsItem
      name={name}
      action={
        <form method="post" action={`${HERE}/${id}/revoke`}>
          <button type="submit" class="button" aria-label={`Revoke ${name}`}>
            Revoke
          </button>
        </form>
      }
    >
      <p class="muted">
        {rights.may.join(', ')} · {reachText(rights.projectIds, projects)}
      </p>
      <p class="muted">
        {lastUsedAt ? (
          <>
            Used <Time at={lastUsedAt} as="relative" />
          </>
        ) : (
          'Never used'
        )}
        {expiresAt
          ? ` · ${isExpired ? 'ended' : 'ends'} ${expiresAt.toISOString().slice(0, 10)}`
          : null}
      </p>
    </SettingsItem>
  )
}

function NewTokenForm({ model }: { model: TokensModel }) {
  const { form, fault, projects } = model
  return (
    <form class="settings-form" method="post" action={HERE}>
      <h2>Create token</h2>
      <FormField
        name="name"
        label="Name"
        fault={fault}
        value={form.name}
        maxlength={60}
        required
        autocomplete="off"
      />
      <ChoiceGroup
        type="checkbox"
        name="rights"
        legend="Rights"
        fault={fault}
        options={RIGHTS}
        chosen={form.rights}
      />
      <Reach projects={projects} chosen={form.projectIds} fault={fault} />
      <FormSelect
        name="expires"
        label="Expires"
        fault={fault}
        options={LIFETIMES}
        chosen={form.expires}
      />
      <button type="submit" class="button">
        Make token
      </button>
    </form>
  )
}
