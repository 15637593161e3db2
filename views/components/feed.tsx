import type { Child } from 'hono/jsx'
import type { Filter } from '../../src/filter/filter'
import type { FeedLine } from '../../src/fleet/board'
import { removedSession, sessionOfRow } from '../../src/fleet/session-change'
import type { EventRow } from '../../src/log/event-row'
import type { ListRow } from '../../src/stream/region'
import { appendList, type PageList } from '../region'
import { type Markup, renderedOnce } from '../render'
import { agentUrl, debateUrl, eventUrl, pageUrl, projectUrl } from '../urls'
import { cutEnd } from './cut'
import { Time } from './time'

interface Kept {
  readonly named: string
  readonly row: Markup
}

const kept = new WeakMap<EventRow, Kept>()

interface FeedProps {
  /** The element of its list. */
  rows: Markup
  title: string
  /** What stands beside the title. */
  controls: Child
}

export function Feed({ rows, title, controls }: FeedProps) {
  return (
    <section class="feed" aria-labelledby="feed-title">
      <div class="feed-head">
        <h2 id="feed-title">{title}</h2>
        <button id="feed-new" class="feed-new" type="button" hidden>
          new
        </button>
        <div class="feed-controls">{controls}</div>
      </div>
      <div class="feed-scroll" data-feed-scroll="">
        <table class="feed-table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Project</th>
              <th scope="col">Agent</th>
              <th scope="col">Type</th>
              <th scope="col">Summary</th>
            </tr>
          </thead>
          {rows}
        </table>
        <p class="feed-empty muted">Nothing has been reported that this page selects.</p>
      </div>
    </section>
  )
}

/** The feed beside a board: a glance at the log, which has a page of its own. */
export function BoardFeed({ rows, filter }: { rows: Markup; filter: Filter }) {
  return (
    <Feed
      rows={rows}
      title="What just happened"
      controls={<a href={pageUrl('/events', filter)}>All events</a>}
    />
  )
}

/** Newest first. */
export function feedList(lines: readonly FeedLine[]): PageList {
  const rows = lines.map((line) => ({ id: line.row.id, element: feedRow(line) }))
  return appendList('feed-rows', rows, {
    holder: <tbody>{rows.map(({ element }) => element)}</tbody>,
    render: onTop,
  })
}

/** Rows travel inside a template: outside of a table the HTML parser would drop them. */
function onTop(id: string, rows: readonly ListRow[]): string {
  const html = rows.map((row) => row.html).join('')
  return `<template><tbody hx-swap-oob="afterbegin:#${id}">${html}</tbody></template>`
}

/** The row of a line, kept for as long as the event and the names beside it are the same. */
function feedRow(line: FeedLine): Markup {
  const named = JSON.stringify([line.project?.slug, line.project?.name, line.agent?.name])
  const old = kept.get(line.row)
  if (old?.named === named) return old.row
  const row = renderedOnce(<FeedRow line={line} />)
  kept.set(line.row, { named, row })
  return row
}

function FeedRow({ line }: { line: FeedLine }) {
  const { row, project, agent } = line
  return (
    <tr
      id={`event-${row.id}`}
      class="feed-row"
      data-event-id={row.id}
      data-type={row.type}
      data-project={row.projectId}
      data-session={sessionOfRow(row)}
      data-removes={removedProject(row)}
      data-removes-session={removedSession(row)}
    >
      <td class="feed-time">
        <a href={eventUrl(row)}>
          <Time at={row.at} as="clock" />
        </a>
      </td>
      <td class="feed-project" dir="auto">
        {project ? <a href={projectUrl(project)}>{cutEnd(project.name, 80)}</a> : null}
      </td>
      <td class="feed-agent" dir="auto">
        {agent ? <a href={agentUrl(agent)}>{cutEnd(agent.name, 60)}</a> : null}
      </td>
      <td class="feed-type">
        <TypeLabel row={row} />
      </td>
      <td class="feed-summary" dir="auto">
        {row.debateId ? (
          <>
            <a class="feed-debate" href={debateUrl(row.debateId)}>
              debate
            </a>{' '}
          </>
        ) : null}
        {cutEnd(row.summary.replace(/\s+/g, ' ').trim(), 240)}
      </td>
    </tr>
  )
}

/** The rows of a project that was removed leave the page with it. */
function removedProject({ type, data }: EventRow): number | undefined {
  const isRemoval = type === 'project_changed' && data.action === 'deleted'
  return isRemoval ? Number(data.project_id) : undefined
}

export function TypeLabel({ row }: { row: EventRow }) {
  return (
    <span class="type" data-type={row.type} data-to-state={row.state}>
      {row.type}
    </span>
  )
}
