import type { SilentAction } from '../../src/fleet/silent-sessions'
import { type FormFault, FormField } from '../components/form-field'
import { plural } from '../words'
import { type SettingsFrame, SettingsLayout } from './settings-layout'

export interface SilentModel {
  readonly action: SilentAction
  readonly project: string | null
  readonly days: number
  readonly left: number
  /** How many were just archived or removed; null: nothing was done yet. */
  readonly done: number | null
  readonly fault: FormFault | null
}

const HERE = '/settings/sessions'
const DONE = { archive: 'archived', remove: 'removed' }

/** How many sessions there are to archive or remove, and the form that does it. */
export function SilentPage({ model, ...page }: SettingsFrame & { model: SilentModel }) {
  const { action, project, days, left, done } = model
  return (
    <SettingsLayout title="Silent sessions" current={HERE} {...page}>
      {done === null ? null : (
        <p class="settings-done" role="status">
          {plural(done, 'session')} {done === 1 ? 'was' : 'were'} {DONE[action]}.
        </p>
      )}
      <p>
        {left === 0 ? 'No session' : plural(left, 'session')} {project === null ? null : 'of '}
        {project === null ? null : <strong dir="auto">{project}</strong>}
        {left > 1 ? ' have' : ' has'} been silent for {plural(days, 'day')}
        {action === 'archive' ? ` and ${left > 1 ? 'are' : 'is'} still in sight` : null}.
      </p>
      {left === 0 ? null : <SilentForm model={model} />}
      <p>
        <a href={HERE}>All sessions</a>
      </p>
    </SettingsLayout>
  )
}

function SilentForm({
  model: { action, project, days, left, done, fault },
}: {
  model: SilentModel
}) {
  const verb = action === 'archive' ? 'Archive' : 'Remove'
  return (
    <form class="project-form" method="post" action={`${HERE}/silent`}>
      <input type="hidden" name="do" value={action} />
      <input type="hidden" name="days" value={String(days)} />
      {project === null ? null : <input type="hidden" name="project" value={project} />}
      {action === 'remove' ? (
        <FormField
          name="confirm"
          label="The word remove, to confirm"
          fault={fault}
          required
          autocomplete="off"
        />
      ) : null}
      <button type="submit" class="button">
        {done === null ? `${verb} ${plural(left, 'session')}` : 'Go on'}
      </button>
    </form>
  )
}
