/** Says how fresh the page is. The server cannot know yet, so it starts with the attempt. */
export function Connection() {
  return (
    <div
      id="connection"
      class="connection"
      data-status="reconnecting"
      role="status"
      aria-live="polite"
    >
      <span class="connection-mark" aria-hidden="true" />
      <span class="connection-text">Connecting…</span>
    </div>
  )
}
