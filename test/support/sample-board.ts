import { EVERYTHING } from '../../src/filter/filter'
import type { Agent, Project } from '../../src/fleet/agent'
import type {
  Attention,
  Board,
  FeedLine,
  ProjectSection,
  TimelineTurn,
} from '../../src/fleet/board'
import { type AgentMemory, newMemory } from '../../src/fleet/machine/memory'
import { NAV } from '../../src/pages'
import type { PageFrame } from '../../views/layout'

/** Made-up models for the tests of views; `text` is put in every place that holds text. */

const AT = Date.parse('2026-11-21T03:30:00.000Z')

export const FRAME: PageFrame = {
  assets: { css: '/muster.css', js: '/muster.js', icon: '/favicon.svg' },
  address: 'http://127.0.0.1:4690',
  nav: NAV,
  bar: { attention: sampleAttention() },
  live: { topics: ['board?state=idle&type=note', 'bar'], cursor: 7 },
}

export function sampleProject(text = 'checkout'): Project {
  return {
    id: 1,
    slug: 'checkout',
    name: text,
    host: text,
    path: text,
    archivedAt: null,
    mergedInto: null,
    isDemo: false,
  }
}

export function sampleMemory(text: string): Partial<AgentMemory> {
  const at = AT - 60_000
  return {
    asks: [
      {
        key: 'a',
        kind: 'permission',
        toolKey: 't',
        toolName: text,
        summary: text,
        openedAt: at,
        fromNotice: false,
        escalated: false,
      },
    ],
    tools: [
      {
        key: 't',
        name: text,
        summary: text,
        startedAt: at,
        limitMs: null,
        keyIsHash: false,
        hash: 'h',
        overdue: false,
      },
    ],
    background: [{ id: 'b', type: text, description: text }],
    failures: [{ tool: text, summary: text, at }],
    stuckReason: text,
    lastMessage: text,
    lastPrompt: text,
    ended: { reason: text, at },
  }
}

export function sampleAgent(over: Partial<Agent> = {}, memory: Partial<AgentMemory> = {}): Agent {
  return {
    id: 11,
    projectId: 1,
    parentId: null,
    continuesId: null,
    reporter: 'claude-code',
    key: 'claude-code:s',
    sessionId: '5e551011-0000-4000-8000-000000000000',
    name: '5e551011',
    title: 'Keep what was typed',
    agentType: null,
    model: 'opus',
    discoveredAt: new Date(AT - 600_000),
    lastSeenAt: new Date(AT),
    state: 'processing',
    stateSince: new Date(AT - 120_000),
    confirmedAt: new Date(AT),
    confirmedBy: 'hook',
    overlays: [],
    archivedAt: null,
    memory: { ...newMemory('claude-code:s', AT), ...memory },
    ...over,
  }
}

export function sampleLine(id: number, text = 'npm test'): FeedLine {
  return {
    row: {
      id,
      at: new Date(AT),
      reportedAt: new Date(AT),
      type: 'tool_started',
      projectId: 1,
      agentId: 11,
      debateId: null,
      turnId: null,
      actorId: text,
      targetId: text,
      targetType: text,
      state: 'processing',
      summary: text,
      data: { command: text },
    },
    project: sampleProject(text),
    agent: sampleAgent({ name: text }),
  }
}

function sampleSections(text?: string): ProjectSection[] {
  const over = text === undefined ? {} : { name: text, title: text, model: text, agentType: text }
  const memory = text === undefined ? {} : sampleMemory(text)
  const first = sampleAgent({ state: 'awaiting_input', ...over }, memory)
  const child = sampleAgent({ id: 12, parentId: 11, ...over }, memory)
  const second = sampleAgent({ id: 13, state: 'idle', ...over })
  return [
    {
      project: sampleProject(text),
      light: 'red',
      counts: { awaiting: 1, working: 0, idle: 1 },
      total: 2,
      lastSeenAt: new Date(AT),
      sessions: [
        { agent: first, children: [child] },
        { agent: second, children: [] },
      ],
    },
  ]
}

export function sampleAttention(text = 'rm -rf build'): Attention {
  const session = sampleAgent({ state: 'awaiting_input', title: text })
  const key = `ask/11/${AT}/${text}`
  return { waiting: 1, items: [{ key, kind: 'input', session, text, since: new Date(AT) }] }
}

export function sampleBoard(text?: string, over: Partial<Board> = {}): Board {
  const sections = sampleSections(text)
  const agents = sections.flatMap(({ sessions }) => sessions.map(({ agent }) => agent))
  const [section] = sections
  const [agent] = agents
  if (!section || !agent) throw new Error('the sample has a session')
  const ask = text ?? 'rm -rf build'
  return {
    filter: EVERYTHING,
    counts: section.counts,
    waiting: [
      {
        session: agent,
        agent,
        project: section.project,
        ask,
        askKind: 'permission',
        since: new Date(AT),
      },
    ],
    sections,
    feed: [sampleLine(102, text), sampleLine(101, text)],
    chosen: { projects: [{ ref: section.project.slug, name: section.project.name }], agents },
    place: null,
    total: 2,
    next: null,
    waitingCount: 1,
    ...over,
  }
}

export function sampleTurns(text = 'npm test'): TimelineTurn[] {
  return [
    {
      id: '0b7e2a52-7c0e-4a0e-9a57-2f10c7a5d001',
      openedAt: new Date(AT - 60_000),
      closedAt: new Date(AT),
      outcome: text,
      prompt: text,
      lines: [sampleLine(101, text), sampleLine(102, text)],
    },
    {
      id: null,
      openedAt: new Date(AT - 90_000),
      closedAt: null,
      outcome: null,
      prompt: '',
      lines: [],
    },
  ]
}
