import { expect, test } from 'vitest'
import { FRAME, sampleAgent, sampleProject } from '../../../test/support/sample-board'
import { barRegions } from '../../../views/components/bar'
import { toHtml } from '../../../views/render'
import { EVERYTHING } from '../../filter/filter'
import type { Agent, Project } from '../../fleet/agent'
import { buildAttention, buildBoard } from '../../fleet/build-board'
import type { RosterView } from '../../fleet/scoped-roster'
import { SessionIndex } from '../../fleet/session-index'
import { factsOf } from '../../fleet/stored-facts'
import { STATES } from '../../log/state'
import type { LivePage } from '../../stream/live-page'
import { PageVersions } from '../../stream/page-versions'

import { sortParts } from '../define-page'
import { boardPage } from './page'

const AT = Date.parse('2026-11-21T03:30:00.000Z')
const CHANGED = 5
const ROUNDS = 60

/** A fleet of this many sessions, ten in each project, with a board and its bar that a client watches. */
class Stage {
  readonly index = new SessionIndex()
  private readonly records = new Map<number, Agent>()
  private readonly projects = new Map<number, Project>()
  private readonly pages: readonly PageVersions[]
  private sequence = 0
  private changes = 0

  constructor(private readonly size: number) {
    for (let id = 1; id <= size; id++) this.put(id, id)
    const pages = [() => this.boardParts(), () => this.barParts()]
    this.pages = pages.map((parts) => new PageVersions(pageOf(parts), { cursor: 0, sequence: 0 }))
  }

  /** Sessions change as in a fleet at work; returns what bringing the board up to date took, in ms. */
  flush(): number {
    const begun = performance.now()
    for (let i = 0; i < CHANGED; i++) {
      this.changes++
      this.put(((this.changes * 7_919) % this.size) + 1, this.size + this.changes)
    }
    this.sequence++
    const sent = this.pages.map((page) => {
      page.snapshot({ cursor: this.sequence, sequence: this.sequence })
      return page.since({ cursor: this.sequence - 1, sequence: this.sequence - 1 })
    })
    expect(sent.join('').length).toBeGreaterThan(0)
    return performance.now() - begun
  }

  addChild(id: number, parentId: number, title: string): void {
    const projectId = Math.ceil(parentId / 10)
    const moment = new Date(AT + id)
    const times = { stateSince: moment, lastSeenAt: moment }
    const child = sampleAgent({ id, parentId, projectId, title, state: 'processing', ...times })
    this.records.set(id, child)
    this.index.set(factsOf(child), AT)
  }

  html(): string {
    return toHtml(boardPage.render(this.board(), FRAME))
  }

  private board() {
    return buildBoard(this.roster, (id) => this.agent(id), { filter: EVERYTHING })
  }

  private boardParts() {
    return sortParts(boardPage.parts(this.board(), 'http://muster.test'))
  }

  private barParts() {
    const attention = buildAttention(this.roster, (id) => this.agent(id))
    return sortParts(barRegions({ attention }))
  }

  private get roster() {
    return this as unknown as RosterView
  }

  readonly projectIds = null

  agent(id: number): Agent | null {
    return this.records.get(id) ?? null
  }

  project(id: number): Project {
    const known = this.projects.get(id)
    const name = `Project ${String(id).padStart(6, '0')}`
    const project = known ?? { ...sampleProject(name), id, slug: `p-${id}` }
    this.projects.set(id, project)
    return project
  }

  private put(id: number, moment: number): void {
    const agent = sampleAgent({
      id,
      projectId: Math.ceil(id / 10),
      state: STATES[moment % 5] ?? 'idle',
      stateSince: new Date(AT + moment),
      lastSeenAt: new Date(AT + moment),
      title: `What ${id} does at ${moment}`,
    })
    this.records.set(id, agent)
    this.index.set(factsOf(agent), AT)
  }
}

test('a hundred times the sessions: a flush of the board costs about the same', () => {
  const [few, many] = [new Stage(1_000), new Stage(100_000)]
  const costs = { few: [] as number[], many: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    costs.few.push(few.flush())
    costs.many.push(many.flush())
  }
  const [least, most] = [median(costs.few), median(costs.many)]
  expect(most / least).toBeLessThan(1.5)
}, 120_000)

test('however many subagents there are, and however long their texts, a page stays small', () => {
  const stage = new Stage(400)
  const [plain, nasty] = ['Look into the logs of the build ', '"'.repeat(2_000)].map((title) => {
    for (let id = 1; id <= 400 * 25; id++) stage.addChild(1_000 + id, Math.ceil(id / 25), title)
    return Buffer.byteLength(stage.html())
  })
  expect(plain).toBeLessThan(1_000_000)
  expect(nasty).toBeLessThan(1_500_000)
})

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function pageOf(parts: LivePage['parts']): LivePage {
  return { load: async () => undefined, concerns: () => true, update: () => undefined, parts }
}
