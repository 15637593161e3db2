import { SettingsItem } from './list'
import { type SettingsFrame, SettingsLayout } from './settings-layout'

interface NamedProject {
  readonly id: number
  readonly name: string
}

interface MergeModel {
  readonly from: NamedProject
  readonly into: NamedProject
  readonly changes: readonly {
    readonly type: 'token' | 'user'
    readonly name: string
    /** The names of the projects that they are bound to. */
    readonly before: readonly string[]
    /** Those that they would see besides. */
    readonly more: readonly string[]
  }[]
  /** Goes back with the form: it is good for these changes only. */
  readonly agreed: string
}

const HERE = '/settings/projects'

/** Asks once more before a merger that lets some see more than before. */
export function MergePage({ model, ...page }: SettingsFrame & { model: MergeModel }) {
  const { from, into, changes, agreed } = model
  return (
    <SettingsLayout title="Merge projects" current={HERE} {...page}>
      <p dir="auto">
        {from.name} would be part of {into.name}. Whoever is bound to one of them then sees both,
        with their whole history, and may report to both if they may report. These would see more
        than now:
      </p>
      <ul class="settings-list">
        {changes.map(({ type, name, before, more }) => (
          <SettingsItem name={type === 'token' ? `Token ${name}` : name}>
            <p class="muted" dir="auto">
              Bound to {before.join(', ')}; would see {more.join(', ')} too
            </p>
          </SettingsItem>
        ))}
      </ul>
      <p>A merge cannot be undone.</p>
      <form class="project-form" method="post" action={`${HERE}/${from.id}/merge`}>
        <input type="hidden" name="into" value={String(into.id)} />
        <input type="hidden" name="agreed" value={agreed} />
        <button type="submit" class="button">
          Merge
        </button>
        <a class="button" href={HERE}>
          Cancel
        </a>
      </form>
    </SettingsLayout>
  )
}
