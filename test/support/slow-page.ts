import type { EventRow } from '../../src/log/event-row'
import type { LivePage } from '../../src/stream/live-page'
import { TestPage } from './stream-page'

/** What pages are read from: what has happened to each topic, and the rows of it that are kept. */
export class TestWorldOfPages {
  readonly rows: { id: number; topic: string }[] = []
  readonly texts = new Map<string, string>()

  happen(topic: string, id: number, text: string): void {
    this.rows.push({ id, topic })
    this.texts.set(topic, text)
  }
}

/**
 * A page that reads a made-up database: its loads and updates can be held, and fail. One region is
 * read with the rows, the other is as the world is, like what pages show of the roster.
 */
export class SlowPage implements LivePage {
  minUpdateIntervalMs = 0
  loads = 0
  fault: Error | null = null
  isWaiting = false
  private rows: number[] = []
  private text = ''
  private gate: Promise<void> = Promise.resolve()
  private openGate: () => void = () => {}

  constructor(
    private readonly topic: string,
    private readonly world: TestWorldOfPages,
    private readonly topicOf: (row: EventRow) => string | undefined,
  ) {}

  hold(): void {
    this.release()
    this.gate = new Promise((resolve) => {
      this.openGate = resolve
    })
  }

  release(): void {
    this.openGate()
    this.gate = Promise.resolve()
  }

  async load(through: number): Promise<void> {
    this.loads++
    const own = this.world.rows.filter(({ id, topic }) => topic === this.topic && id <= through)
    const text = this.world.texts.get(this.topic) ?? ''
    await this.pass()
    this.rows = own.map(({ id }) => id).reverse()
    this.text = text
  }

  concerns(row: EventRow): boolean {
    return this.topicOf(row) === this.topic
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    await this.pass()
    const newest = this.rows[0] ?? -1
    for (const { id } of rows) if (id > newest) this.rows.unshift(id)
    this.text = this.world.texts.get(this.topic) ?? ''
  }

  parts() {
    const now = this.world.texts.get(this.topic) ?? ''
    return this.shown([
      { id: 'own', text: this.text },
      { id: 'shared', text: now },
    ])
  }

  /** A page that stands still, to compare with. */
  asTestPage(): TestPage {
    const { regions } = this.parts()
    const page = new TestPage(regions.map(({ html }) => JSON.parse(html)))
    page.rows = [...this.rows]
    return page
  }

  /** What a load would find now. */
  fresh(): { elements: TestPage['elements']; rows: readonly number[] } {
    const text = this.world.texts.get(this.topic) ?? ''
    const rows = this.world.rows.flatMap(({ id, topic }) => (topic === this.topic ? [id] : []))
    return { elements: ['own', 'shared'].map((id) => ({ id, text })), rows: rows.reverse() }
  }

  private shown(elements: ConstructorParameters<typeof TestPage>[0]) {
    const page = new TestPage(elements)
    page.rows = [...this.rows]
    return page.parts()
  }

  private async pass(): Promise<void> {
    this.isWaiting = true
    await this.gate
    this.isWaiting = false
    if (this.fault) throw this.fault
  }
}
