import type { Child } from 'hono/jsx'
import { Time } from '../components/time'

interface SettingsItemProps {
  name: Child
  /** What can be done to it. */
  action?: Child
  /** Of a stream, for programs that read the page. */
  connection?: string
  children?: Child
}

/** One line of a list of the settings. */
export function SettingsItem({ name, action, connection, children }: SettingsItemProps) {
  return (
    <li class="settings-item" data-connection={connection}>
      <div class="settings-what">
        <p class="settings-name" dir="auto">
          {name}
        </p>
        {children}
      </div>
      {action}
    </li>
  )
}

interface ActionFormProps {
  action: string
  label: string
  children?: Child
}

/** A form that does one thing to one line of a list. */
export function ActionForm({ action, label, children }: ActionFormProps) {
  return (
    <form class="project-form" method="post" action={action}>
      {children}
      <button type="submit" class="button">
        {label}
      </button>
    </form>
  )
}

/** The forms of one line, shown on demand, and where one of them was refused. */
export function Changes({
  of,
  isOpen,
  children,
}: {
  of: string
  isOpen: boolean
  children?: Child
}) {
  return (
    <details class="project-change" open={isOpen}>
      <summary aria-label={`Change ${of}`}>Change</summary>
      {children}
    </details>
  )
}

/** Behind other facts of a line; nothing where it is not archived. */
export function Archived({ at }: { at: Date | null }) {
  if (!at) return null
  return (
    <>
      {' '}
      · archived <Time at={at} as="relative" />
    </>
  )
}

interface ListPagerProps {
  /** Where the list begins, and what the way there is called; null on its first page. */
  first: { readonly href: string; readonly label: string } | null
  /** Null on the last page. */
  older: string | null
}

/** Leads through a list whose newest lines come first. */
export function ListPager({ first, older }: ListPagerProps) {
  return (
    <nav class="pager" aria-label="Pages of the list">
      {first === null ? null : (
        <a class="button" rel="first" href={first.href}>
          {first.label}
        </a>
      )}
      {older === null ? null : (
        <a class="button" rel="next" href={older}>
          Older
        </a>
      )}
    </nav>
  )
}
