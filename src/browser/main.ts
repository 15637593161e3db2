import htmx from 'htmx.org'
import 'htmx-ext-sse'
import { Idiomorph } from 'idiomorph/htmx'
import { startAttention } from './attention/attention'
import { showConnection, showNotice } from './connection-indicator'
import { dropRemoved, emptyFeed, receiveRows, startFeedHold } from './feed-pause'
import { startFilterForm } from './filter-form'
import { keepOnMorph } from './keep-on-morph'
import { LiveSource } from './live/live-source'
import { goToLogIn } from './login'
import { startRefresh } from './refresh'
import { startRelativeTimes } from './relative-time'
import { startSettlingCards } from './stable-order'
import { startTints } from './tint'
import { receiveEntries, startTranscript, TRANSCRIPT } from './transcript'

/** Lists that only grow, by their ids: what comes for them is put in by hand. */
const RECEIVERS = new Map([
  ['feed-rows', { receive: receiveRows, empty: emptyFeed }],
  [TRANSCRIPT, { receive: receiveEntries, empty: (list: Element) => list.replaceChildren() }],
])
const FEED_FACTS = 'feed-facts'

/** What htmx-ext-sse calls in place of `new EventSource(url)`. */
interface EventSourceDoor {
  createEventSource: (url: string) => LiveSource
}
let source: LiveSource | null = null
Object.assign(htmx, {
  createEventSource: (url) => {
    source = new LiveSource(url, {
      onStatus: showConnection,
      onNotice: showNotice,
      onReset: forgetRows,
      onUnauthorized: goToLogIn,
    })
    return source
  },
} satisfies EventSourceDoor)
keepOnMorph(Idiomorph)

document.addEventListener('htmx:oobBeforeSwap', (event) => {
  const { detail } = event as CustomEvent<{
    target: Element
    fragment: ParentNode
    shouldSwap: boolean
  }>
  const list = RECEIVERS.get(detail.target.id)
  if (!list) return
  // A row may come twice after a cut: it is inserted only if it is not there.
  detail.shouldSwap = false
  list.receive(detail.target, detail.fragment)
})
document.addEventListener('htmx:oobAfterSwap', () => {
  const facts = document.getElementById(FEED_FACTS)
  if (facts) dropRemoved(facts)
})
startSettlingCards()
startTints()
startFeedHold()
startFilterForm()
startTranscript()
startRelativeTimes()
startAttention()
startRefresh(async () => (source ? source.refresh() : location.reload()))

/** The server sends all there is after a reset; rows of a log that is gone must not stay. */
function forgetRows(): void {
  for (const [id, { empty }] of RECEIVERS) {
    const list = document.getElementById(id)
    if (list) empty(list)
  }
}
