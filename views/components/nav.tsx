interface Entry {
  readonly href: string
  readonly label: string
  /** The pages under it, by what Layout calls them. */
  readonly pages: readonly string[]
}

const ENTRIES: readonly Entry[] = [
  { href: '/', label: 'Board', pages: ['board', 'project', 'agent'] },
  { href: '/events', label: 'Events', pages: ['events', 'event'] },
  { href: '/debates', label: 'Debates', pages: ['debates', 'debate'] },
  { href: '/stats', label: 'Metrics', pages: ['stats'] },
  { href: '/views', label: 'Views', pages: ['views', 'view', 'view-edit'] },
  { href: '/settings', label: 'Settings', pages: ['settings'] },
]

/** The way to every kind of page, on each of them. */
export function Nav({ current }: { current: string }) {
  return (
    <nav class="site-nav" aria-label="Pages">
      <ul>
        {ENTRIES.map(({ href, label, pages }) => (
          <li>
            <a href={href} aria-current={pages.includes(current) ? 'page' : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
