import { agentHeadRegion } from '../../../views/components/agent-head'
import { agentNowRegion } from '../../../views/components/agent-now'
import { countsRegion } from '../../../views/components/counts'
import { cutEnd } from '../../../views/components/cut'
import { timelineRegion } from '../../../views/components/timeline'
import { region } from '../../../views/region'
import { projectUrl } from '../../../views/urls'
import { agentTitle } from '../../../views/words'
import { EVERYTHING } from '../../filter/filter'
import { parseId } from '../../filter/values'
import { definePage } from '../define-page'
import { FILTER_QUERY } from '../query'
import { AgentState } from './state'

/** One agent: what it does now, and its history turn by turn. */
export const agentPage = definePage({
  key: 'agent',
  path: '/agents/:id',
  nav: { within: 'board' },
  id: { noun: 'agent', parse: parseId },
  query: FILTER_QUERY,
  open: ({ id }, data) => new AgentState(id, data),
  title: ({ agent }) => cutEnd(agentTitle(agent), 80),
  parts: (model) => ({
    counts: countsRegion({ counts: model.counts, filter: EVERYTHING, path: '/' }),
    head: agentHeadRegion(model),
    now: agentNowRegion({ agent: model.agent, subagents: model.children }),
    timeline: timelineRegion(model.turns),
  }),
  body: ({ head, now, timeline }, { project }) => (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">All projects</a>
        <a href={projectUrl(project)} dir="auto">
          {cutEnd(project.name, 80)}
        </a>
      </nav>
      {head}
      <div class="columns">
        {now}
        <section class="history" aria-labelledby="timeline-title">
          <h2 id="timeline-title">Turns</h2>
          {timeline}
        </section>
      </div>
    </>
  ),
  gone: {
    title: 'Agent',
    parts: () => ({
      head: region(
        'agent-head',
        <header class="agent-head">
          <h1>This session was removed</h1>
          <p class="muted">What it reported was removed with it.</p>
        </header>,
      ),
      now: region('agent-now', <section class="agent-now" />),
      timeline: timelineRegion([]),
    }),
  },
})
