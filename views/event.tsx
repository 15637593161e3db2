import type { FeedLine } from '../src/fleet/board'
import { toTimestamp } from '../src/log/serialize'
import { Fact } from './components/fact'
import { TypeLabel } from './components/feed'
import { Time, UNKNOWN_TIME } from './components/time'
import { Layout, type PageFrame } from './layout'
import { agentUrl, debateUrl, projectUrl } from './urls'
import { agentTitle } from './words'

/** One row of the log with all of its fields; `data` is everything that was reported with it. */
export function EventPage({ line, frame }: { line: FeedLine; frame: PageFrame }) {
  const { row, project, agent } = line
  const storedAt = toTimestamp(row.at)
  return (
    <Layout title={`Event ${row.id}`} page="event" within="events" frame={frame}>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">All projects</a>
        {project ? (
          <a href={projectUrl(project)} dir="auto">
            {project.name}
          </a>
        ) : null}
        {agent ? (
          <a href={agentUrl(agent)} dir="auto">
            {agentTitle(agent)}
          </a>
        ) : null}
      </nav>
      <header class="event-head" data-event-id={row.id}>
        <TypeLabel row={row} />
        <h1 dir="auto">{row.summary || row.type}</h1>
      </header>
      <dl class="facts">
        <Fact name="Id">{row.id}</Fact>
        <Fact name="Stored">
          {storedAt === null ? (
            UNKNOWN_TIME
          ) : (
            <>
              {storedAt} (<Time at={row.at} as="relative" />)
            </>
          )}
        </Fact>
        <Fact name="Happened">
          {row.reportedAt && (toTimestamp(row.reportedAt) ?? UNKNOWN_TIME)}
        </Fact>
        <Fact name="State after it">{row.state}</Fact>
        <Fact name="Project">{row.projectId}</Fact>
        <Fact name="Agent">{row.agentId}</Fact>
        <Fact name="Turn">{row.turnId}</Fact>
        <Fact name="Debate">
          {row.debateId ? <a href={debateUrl(row.debateId)}>{row.debateId}</a> : null}
        </Fact>
        <Fact name="Actor">{row.actorId}</Fact>
        <Fact name="Target">{row.targetId}</Fact>
        <Fact name="Kind of target">{row.targetType}</Fact>
      </dl>
      <h2>What was reported</h2>
      <pre class="payload">{JSON.stringify(row.data, null, 2)}</pre>
    </Layout>
  )
}
