import type { Attention, AttentionItem, AttentionKind } from '../../src/fleet/board'
import { waitingIcon } from '../page-icon'
import { type PageRegion, region } from '../region'
import { agentUrl } from '../urls'
import { agentTitle } from '../words'
import { cutEnd } from './cut'

/** What is on every page, whatever it is about: the same for all viewers of a scope. */
export interface BarModel {
  readonly attention: Attention
}

const WORDS: Record<AttentionKind, string> = {
  input: 'needs input',
  failed: 'failed',
  stuck: 'is stuck',
  finished: 'has finished',
}

export function barRegions({ attention }: BarModel): { attention: PageRegion } {
  return { attention: attentionRegion(attention) }
}

/**
 * What needs a human, for the browser to put into the title, on the icon and into notifications.
 * It is not shown on the page, so everything is in attributes, and nothing in it changes with time.
 */
function attentionRegion({ waiting, items }: Attention): PageRegion {
  return region(
    'attention',
    <ul hidden data-waiting={waiting} data-icon={waitingIcon(waiting)}>
      {items.map((item) => (
        <Item item={item} />
      ))}
    </ul>,
  )
}

function Item({ item: { key, kind, session, text } }: { item: AttentionItem }) {
  return (
    <li
      data-key={key}
      data-kind={kind}
      data-title={`${cutEnd(agentTitle(session), 80)} ${WORDS[kind]}`}
      data-body={cutEnd(text.replace(/\s+/g, ' ').trim(), 120)}
      data-href={agentUrl(session)}
    />
  )
}
