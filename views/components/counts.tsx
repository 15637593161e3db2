import type { Filter } from '../../src/filter/filter'
import { printFilter } from '../../src/filter/parse'
import type { Counts as Numbers } from '../../src/fleet/board'
import type { State } from '../../src/log/state'
import { plural } from './agent-card'

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
export function Counts({ counts, filter, path }: CountsProps) {
  return (
    <nav id="counts" class="counts" aria-label="Sessions by state" hx-swap-oob="morph">
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
    </nav>
  )
}

export function pageUrl(path: string, filter: Filter): string {
  const query = printFilter(filter)
  return query === '' ? path : `${path}?${query}`
}

function sameStates(a: readonly State[], b: readonly State[]): boolean {
  return a.length === b.length && b.every((state) => a.includes(state))
}
