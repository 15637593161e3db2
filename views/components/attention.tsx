import type { AttentionItem, AttentionKind, Attention as Model } from '../../src/fleet/board'
import type { Region } from '../../src/stream/region'
import { waitingIcon } from '../page-icon'
import { pageTitle } from '../page-title'
import { region } from '../render'
import { agentTitle, agentUrl } from './agent-card'
import { cutEnd } from './cut'

const WORDS: Record<AttentionKind, string> = {
  input: 'needs input',
  failed: 'failed',
  stuck: 'is stuck',
  finished: 'has finished',
}

interface AttentionProps {
  attention: Model
  /** What the page is called, without the number. */
  name: string
}

/**
 * What needs a human, for the browser to put into the title, on the icon and into notifications.
 * It is not shown on the page, so everything is in attributes, and nothing in it changes with time.
 */
export function Attention({ attention: { waiting, items }, name }: AttentionProps) {
  return (
    <ul
      id="attention"
      hidden
      data-waiting={waiting}
      data-title={pageTitle(name, waiting)}
      data-icon={waitingIcon(waiting)}
      hx-swap-oob="morph"
    >
      {items.map((item) => (
        <Item item={item} />
      ))}
    </ul>
  )
}

export function attentionRegion(attention: Model, name: string): Region {
  return region('attention', <Attention attention={attention} name={name} />)
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
