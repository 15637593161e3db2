import { type PageRegion, region } from '../region'
import { absolute } from './time'

/** Says how old the page is, where newer events cannot be shown yet. */
export function behindRegion(asOf: Date | null): PageRegion {
  return region(
    'behind',
    <p class="notice" role="status" hidden={asOf === null}>
      {asOf ? `This page is as of ${absolute(asOf)}; newer events will follow.` : ''}
    </p>,
  )
}
