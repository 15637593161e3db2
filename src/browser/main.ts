import htmx from 'htmx.org'
import 'htmx-ext-sse'
import { Idiomorph } from 'idiomorph/htmx'
import { startAttention } from './attention'
import { showConnection, showNotice } from './connection-indicator'
import { receiveRows, startFeedHold } from './feed-hold'
import { startFilterForm } from './filter-form'
import { keepOnMorph } from './keep-on-morph'
import { LiveSource } from './live-source'
import { startRelativeTimes } from './relative-time'
import { startSettlingCards } from './settle-cards'
import { startTints } from './tint'
import { receiveEntries, startTranscript, TRANSCRIPT } from './transcript'

/** Lists that only grow, by their ids: what comes for them is put in by hand. */
const RECEIVERS = new Map([
  ['feed-rows', receiveRows],
  [TRANSCRIPT, receiveEntries],
])

/** What htmx-ext-sse calls in place of `new EventSource(url)`. */
interface EventSourceDoor {
  createEventSource: (url: string) => LiveSource
}
Object.assign(htmx, {
  createEventSource: (url) =>
    new LiveSource(url, { onStatus: showConnection, onNotice: showNotice, onReset: forgetRows }),
} satisfies EventSourceDoor)
keepOnMorph(Idiomorph)

document.addEventListener('htmx:oobBeforeSwap', (event) => {
  const { detail } = event as CustomEvent<{
    target: Element
    fragment: ParentNode
    shouldSwap: boolean
  }>
  const receive = RECEIVERS.get(detail.target.id)
  if (!receive) return
  // A row may come twice after a cut: it is inserted only if it is not there.
  detail.shouldSwap = false
  receive(detail.target, detail.fragment)
})
startSettlingCards()
startTints()
startFeedHold()
startFilterForm()
startTranscript()
startRelativeTimes()
startAttention()

/** The server sends all there is after a reset; rows of a log that is gone must not stay. */
function forgetRows(): void {
  for (const id of RECEIVERS.keys()) document.getElementById(id)?.replaceChildren()
}
