import { type PageRegion, region } from '../region'

interface PagerProps {
  /** Addresses of the pages beside this one; null where there is none. */
  newer: string | null
  older: string | null
}

/** Leads through a list whose newest rows come first. */
export function pagerRegion({ newer, older }: PagerProps): PageRegion {
  return region(
    'pager',
    <nav class="pager" aria-label="Pages of the log">
      {newer ? (
        <a class="button" rel="prev" href={newer}>
          Newer
        </a>
      ) : null}
      {older ? (
        <a class="button" rel="next" href={older}>
          Older
        </a>
      ) : null}
    </nav>,
  )
}
