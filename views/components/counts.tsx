import type { Filter } from '../../src/filter/filter'
import type { Counts as Numbers } from '../../src/fleet/board'
import type { State } from '../../src/log/state'
import { type PageRegion, region } from '../region'
import { pageUrl } from '../urls'
import { plural } from '../words'

interface CountsProps {
  counts: Numbers
  filter: Filter
  /** The page that the counts narrow. */
  path: string
}

const COUNTS: readonly { key: keyof Numbers; label: string; states: readonly State[] }[] = [
  { key: 'awaiting', label: 'Input needed', states: ['awaiting_input'] },
  { key: 'working', label: 'Working', states: ['commanded', 'processing'] },
  { key: 'idle', label: 'Idle', states: ['complete', 'idle'] },
]

/** How many sessions need a human, work, and rest. Each is a filter; chosen again, it is none. */
export function countsRegion({ counts, filter, path }: CountsProps): PageRegion {
  return region(
    'counts',
    <nav class="counts" aria-label="Sessions by state">
      {COUNTS.map(({ key, label, states }) => {
        const chosen = sameStates(filter.states, states)
        return (
          <a
            class="count"
            data-count={key}
            data-zero={counts[key] === 0 ? '' : null}
            aria-current={chosen ? 'true' : null}
            href={pageUrl(path, { ...filter, states: chosen ? [] : states })}
          >
            <span class="count-number" data-tint="">
              {counts[key]}
            </span>{' '}
            <span class="count-label">{label}</span>
          </a>
        )
      })}
      <span class="sr" role="status">
        {counts.awaiting === 0
          ? 'Nobody needs input'
          : `${plural(counts.awaiting, 'session')} need${counts.awaiting === 1 ? 's' : ''} input`}
      </span>
    </nav>,
  )
}

function sameStates(a: readonly State[], b: readonly State[]): boolean {
  return a.length === b.length && b.every((state) => a.includes(state))
}
