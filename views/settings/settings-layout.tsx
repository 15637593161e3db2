import type { Child } from 'hono/jsx'
import { Layout, type PageFrame } from '../layout'

export interface SettingsFrame {
  readonly frame: PageFrame
  /** The visitor is an administrator. */
  readonly isAdmin: boolean
}

interface Part {
  readonly href: string
  readonly label: string
  readonly isForAdmins: boolean
}

const PARTS: readonly Part[] = [
  { href: '/settings/account', label: 'Your account', isForAdmins: false },
  { href: '/settings/people', label: 'People', isForAdmins: true },
  { href: '/settings/tokens', label: 'Tokens', isForAdmins: true },
  { href: '/settings/connections', label: 'Connections', isForAdmins: true },
  { href: '/settings/projects', label: 'Projects', isForAdmins: true },
  { href: '/settings/sessions', label: 'Sessions', isForAdmins: true },
]

interface SettingsLayoutProps extends SettingsFrame {
  title: string
  /** The address of the part that is shown. */
  current: string
  children?: Child
}

/** One part of the settings, with the way to the others. */
export function SettingsLayout({ title, current, frame, isAdmin, children }: SettingsLayoutProps) {
  return (
    <Layout title={title} page="settings" frame={frame}>
      <nav class="settings-nav" aria-label="Settings">
        <ul>
          {PARTS.filter(({ isForAdmins }) => isAdmin || !isForAdmins).map(({ href, label }) => (
            <li>
              <a href={href} aria-current={href === current ? 'page' : undefined}>
                {label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="settings">
        <h1>{title}</h1>
        {children}
      </div>
    </Layout>
  )
}

/** What is shown once, and to this person only. */
export function ShownOnce({
  label,
  secret,
  next,
}: {
  label: string
  secret: string
  next: string
}) {
  return (
    <section class="shown-once" aria-label={label}>
      <p>{label}. This is the only time that it is shown.</p>
      <pre class="secret">{secret}</pre>
      <p>
        <a class="button" href={next}>
          Done
        </a>
      </p>
    </section>
  )
}
