import type { Region } from '../../src/stream/region'
import { region } from '../render'
import { absolute } from './time'

/** Says how old the page is, where newer events cannot be shown yet. */
export function Behind({ asOf }: { asOf: Date | null }) {
  return (
    <p id="behind" class="notice" role="status" hidden={asOf === null} hx-swap-oob="morph">
      {asOf ? `This page is as of ${absolute(asOf)}; newer events will follow.` : ''}
    </p>
  )
}

export function behindRegion(asOf: Date | null): Region {
  return region('behind', <Behind asOf={asOf} />)
}
