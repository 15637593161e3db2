import type { Child } from 'hono/jsx'
import type { Debate } from '../src/debates/debate'
import type { Project } from '../src/fleet/agent'
import type { Attention } from '../src/fleet/board'
import type { AppendList, Region } from '../src/stream/region'
import { plural } from './components/agent-card'
import { attentionRegion } from './components/attention'
import { cutEnd } from './components/cut'
import { debateUrl } from './components/debate-head'
import { phaseWords, SpeakerMark, StatusMark } from './components/debate-state'
import { Elapsed } from './components/elapsed'
import { Empty } from './components/empty'
import { projectUrl } from './components/project-section'
import { Layout, type PageFrame } from './layout'
import { group, region } from './render'

interface DebateLine {
  readonly debate: Debate
  readonly project: Project | null
}

export interface DebatesModel {
  /** Those that go on first. */
  readonly lines: readonly DebateLine[]
  readonly attention: Attention
}

const TITLE = 'Debates'

export function DebatesPage({ model, frame }: { model: DebatesModel; frame: PageFrame }) {
  return (
    <Layout title={TITLE} page="debates" frame={frame} attention={model.attention}>
      <h1>{TITLE}</h1>
      <DebateList lines={model.lines} />
    </Layout>
  )
}

export function debatesRegions({ lines, attention }: DebatesModel): {
  regions: Region[]
  stacks: AppendList[]
} {
  const list = group(
    'debates',
    () => <DebateList lines={lines} />,
    <ListFrame lines={lines} />,
    lines.map((line) => region(lineId(line), <Line line={line} />)),
  )
  return { regions: [list, attentionRegion(attention, TITLE)], stacks: [] }
}

function DebateList({ lines }: { lines: readonly DebateLine[] }) {
  return (
    <ListFrame lines={lines}>
      {lines.map((line) => (
        <Line line={line} />
      ))}
    </ListFrame>
  )
}

function ListFrame({ lines, children }: { lines: readonly DebateLine[]; children?: Child }) {
  return (
    <ul id="debates" class="debates" hx-swap-oob="morph">
      {children}
      {lines.length === 0 ? <NoDebates /> : null}
    </ul>
  )
}

function NoDebates() {
  return (
    <li>
      <Empty title="No debate has begun yet">
        <p>
          A program opens one with <code>POST /api/debates</code>.{' '}
          <code>npm run demo -- --debate</code> argues a made-up one.
        </p>
      </Empty>
    </li>
  )
}

function Line({ line }: { line: DebateLine }) {
  const { debate, project } = line
  return (
    <li id={lineId(line)} class="debate-line" data-status={debate.status} hx-swap-oob="morph">
      <h2 class="debate-title">
        <a href={debateUrl(debate.id)} dir="auto">
          {cutEnd(debate.title, 200)}
        </a>
      </h2>
      <p class="debate-state">
        <StatusMark debate={debate} />
        {project ? (
          <a class="debate-project" href={projectUrl(project)} dir="auto">
            {cutEnd(project.name, 80)}
          </a>
        ) : null}
        <span class="debate-phase">{phaseWords(debate.phase)}</span>
        <SpeakerMark speaker={debate.speaker} />
        <span class="debate-turns">{plural(debate.turnNumber, 'turn')}</span>
        <span class="debate-elapsed">
          <span class="sr">elapsed </span>
          <Elapsed debate={debate} />
        </span>
      </p>
    </li>
  )
}

function lineId({ debate }: DebateLine): string {
  return `debate-${debate.id}`
}
