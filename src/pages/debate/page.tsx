import { cutEnd } from '../../../views/components/cut'
import { InterventionForm, StopForms } from '../../../views/components/debate-forms'
import { debateHeadRegion, sidesRegion } from '../../../views/components/debate-head'
import { debateStateRegion } from '../../../views/components/debate-state'
import { interventionsRegion } from '../../../views/components/interventions'
import { Transcript, transcriptList } from '../../../views/components/transcript'
import { region } from '../../../views/region'
import { projectUrl } from '../../../views/urls'
import type { Debate } from '../../debates/debate'
import { parseUuid } from '../../log/uuid'
import { definePage } from '../define-page'
import { DebateState } from './state'

/** One debate: who stands for what, what was said, and where it is. */
export const debatePage = definePage({
  key: 'debate',
  path: '/debates/:debateId',
  nav: { within: 'debates' },
  id: { noun: 'debate', parse: parseUuid },
  open: ({ id }, data) => new DebateState(id, data),
  title: ({ debate }) => cutEnd(debate.title, 80),
  parts: ({ debate, agents, interventions, entries }) => ({
    state: debateStateRegion(debate),
    head: debateHeadRegion(debate),
    sides: sidesRegion(debate, agents),
    interventions: interventionsRegion(interventions),
    transcript: transcriptList(entries),
  }),
  body: (parts, { debate, project, entries, hasOlder }, { mayAct }) => (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/debates">All debates</a>
        {project ? (
          <a href={projectUrl(project)} dir="auto">
            {cutEnd(project.name, 80)}
          </a>
        ) : null}
      </nav>
      <div class="debate-bar">
        {parts.state}
        {mayAct ? <StopForms debateId={debate.id} /> : null}
      </div>
      {parts.head}
      <div class="debate-columns">
        <section aria-labelledby="transcript-title">
          <div class="transcript-head">
            <h2 id="transcript-title">Transcript</h2>
            <button id="transcript-new" class="feed-new" type="button" hidden>
              new
            </button>
            <Exports debate={debate} />
          </div>
          {hasOlder ? (
            <p class="muted">
              These are the newest {entries.length} entries; the files have all of them.
            </p>
          ) : null}
          <Transcript entries={parts.transcript} />
        </section>
        <div class="debate-aside">
          <section aria-labelledby="sides-title">
            <h2 id="sides-title">Sides</h2>
            {parts.sides}
          </section>
          <section aria-labelledby="interventions-title">
            <h2 id="interventions-title">Interventions</h2>
            {mayAct ? <InterventionForm debateId={debate.id} /> : null}
            {parts.interventions}
          </section>
        </div>
      </div>
    </>
  ),
  gone: {
    title: 'Debate',
    parts: () => ({
      state: region('debate-state', <div hidden />),
      head: region(
        'debate-head',
        <header class="debate-head">
          <h1>This debate was removed</h1>
          <p class="muted">Its project was removed with all that belonged to it.</p>
        </header>,
      ),
      sides: region('sides', <dl class="sides" />),
      interventions: interventionsRegion([]),
      transcript: region('transcript', <ol class="entries" />),
    }),
  },
})

function Exports({ debate: { id } }: { debate: Debate }) {
  const file = `/api/debates/${id}/transcript`
  return (
    <p class="exports">
      <a href={`${file}?format=markdown`} download="">
        Markdown
      </a>
      <a href={`${file}?format=json`} download="">
        JSON
      </a>
    </p>
  )
}
