import type { Child } from 'hono/jsx'

/** What a place says that has nothing to show: why, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: Child }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}

export function FirstReport({ address }: { address: string }) {
  const report = JSON.stringify({ type: 'note', project: 'hello', message: 'Hello from my shell' })
  return (
    <Empty title="No agent has reported yet">
      <p>
        In the folder of Muster, <code>npx muster connect</code> lets Claude Code and Codex report.{' '}
        <code>npm run demo</code> shows a demo fleet. Or report something yourself; where Muster has
        a token, with <code>-H "Authorization: Bearer $MUSTER_TOKEN"</code> in it:
      </p>
      <pre class="command">
        <code>{`curl -H 'content-type: application/json' -d '${report}' ${address}/api/events`}</code>
      </pre>
      <p class="muted">It appears here by itself.</p>
    </Empty>
  )
}
