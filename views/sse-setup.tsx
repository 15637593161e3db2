import { liveUrl } from './urls'

/**
 * Puts the live stream of some topics on a page. The element is inert: it is never a target of a swap
 * and never changes, or the extension would open a second stream. Fragments address their own
 * elements, so the sink itself swaps nothing.
 */
export function SseSetup({ topics, cursor }: { topics: readonly string[]; cursor: number }) {
  return (
    <div id="live" hx-ext="sse" sse-connect={liveUrl(topics, cursor)} hidden>
      <div sse-swap="patch" hx-swap="none" />
    </div>
  )
}
