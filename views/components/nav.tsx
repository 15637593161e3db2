export interface NavEntry {
  readonly href: string
  readonly label: string
  /** The page that it leads to, by what Layout calls it. */
  readonly page: string
}

/** The way to every kind of page, on each of them. */
export function Nav({ entries, current }: { entries: readonly NavEntry[]; current: string }) {
  return (
    <nav class="site-nav" aria-label="Pages">
      <ul>
        {entries.map(({ href, label, page }) => (
          <li>
            <a href={href} aria-current={page === current ? 'page' : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
