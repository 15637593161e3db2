/**
 * Puts the live stream of a topic on a page. The element is inert: it is never a target of a swap
 * and never changes, or the extension would open a second stream. Fragments address their own
 * elements, so the sink itself swaps nothing.
 */
export function SseSetup({ topic, cursor }: { topic: string; cursor: number }) {
  const url = `/live?topic=${encodeURIComponent(topic)}&last_event_id=${cursor}`
  return (
    <div id="live" hx-ext="sse" sse-connect={url} hidden>
      <div sse-swap="patch" hx-swap="none" />
    </div>
  )
}
