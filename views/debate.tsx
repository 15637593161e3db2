import type { Debate } from '../src/debates/debate'
import type { Agent, Project } from '../src/fleet/agent'
import type { Attention } from '../src/fleet/board'
import type { EventRow } from '../src/log/event-row'
import type { AppendList, Region } from '../src/stream/region'
import { attentionRegion } from './components/attention'
import { cutEnd } from './components/cut'
import { InterventionForm, StopForms } from './components/debate-forms'
import { DebateHead, Sides } from './components/debate-head'
import { DebateState } from './components/debate-state'
import { type Intervention, Interventions, interventionsRegion } from './components/interventions'
import { projectUrl } from './components/project-section'
import { Transcript, transcriptStack } from './components/transcript'
import { Layout, type PageFrame } from './layout'
import { region } from './render'

export interface DebateModel {
  readonly debate: Debate
  /** Null once it has been removed. */
  readonly project: Project | null
  readonly agents: readonly Agent[]
  /** The newest ones, oldest first. */
  readonly entries: readonly EventRow[]
  /** There are more than those. */
  readonly hasOlder: boolean
  /** Newest first. */
  readonly interventions: readonly Intervention[]
  readonly attention: Attention
}

export function DebatePage({ model, frame }: { model: DebateModel; frame: PageFrame }) {
  const { debate, project, agents, entries, interventions } = model
  return (
    <Layout title={nameOf(debate)} page="debate" frame={frame} attention={model.attention}>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/debates">All debates</a>
        {project ? (
          <a href={projectUrl(project)} dir="auto">
            {cutEnd(project.name, 80)}
          </a>
        ) : null}
      </nav>
      <div class="debate-bar">
        <DebateState debate={debate} />
        {frame.mayAct ? <StopForms debateId={debate.id} /> : null}
      </div>
      <DebateHead debate={debate} />
      <div class="debate-columns">
        <section aria-labelledby="transcript-title">
          <div class="transcript-head">
            <h2 id="transcript-title">Transcript</h2>
            <button id="transcript-new" class="feed-new" type="button" hidden>
              new
            </button>
            <Exports debate={debate} />
          </div>
          {model.hasOlder ? (
            <p class="muted">
              These are the newest {entries.length} entries; the files have all of them.
            </p>
          ) : null}
          <Transcript entries={entries} />
        </section>
        <div class="debate-aside">
          <section aria-labelledby="sides-title">
            <h2 id="sides-title">Sides</h2>
            <Sides debate={debate} agents={agents} />
          </section>
          <section aria-labelledby="interventions-title">
            <h2 id="interventions-title">Interventions</h2>
            {frame.mayAct ? <InterventionForm debateId={debate.id} /> : null}
            <Interventions interventions={interventions} />
          </section>
        </div>
      </div>
    </Layout>
  )
}

export function debateRegions(model: DebateModel): { regions: Region[]; stacks: AppendList[] } {
  const { debate, agents } = model
  return {
    regions: [
      region('debate-state', <DebateState debate={debate} />),
      region('debate-head', <DebateHead debate={debate} />),
      region('sides', <Sides debate={debate} agents={agents} />),
      interventionsRegion(model.interventions),
      attentionRegion(model.attention, nameOf(debate)),
    ],
    stacks: [transcriptStack(model.entries)],
  }
}

/** In the place of a debate that was removed while its page was open. */
export function goneRegions(attention: Attention): { regions: Region[]; stacks: AppendList[] } {
  const head = (
    <header id="debate-head" class="debate-head" hx-swap-oob="morph">
      <h1>This debate was removed</h1>
      <p class="muted">Its project was removed with all that belonged to it.</p>
    </header>
  )
  return {
    regions: [
      region('debate-state', <div id="debate-state" hidden hx-swap-oob="morph" />),
      region('debate-head', head),
      region('sides', <dl id="sides" class="sides" hx-swap-oob="morph" />),
      region('transcript', <ol id="transcript" class="entries" hx-swap-oob="morph" />),
      interventionsRegion([]),
      attentionRegion(attention, 'Debate'),
    ],
    stacks: [],
  }
}

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

function nameOf({ title }: Debate): string {
  return cutEnd(title, 80)
}
