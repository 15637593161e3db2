import type { EventRow } from '../../src/log/event-row'
import type { LivePage } from '../../src/stream/live-page'
import type { AppendList, Region } from '../../src/stream/region'

/** An element of a made-up page. One that has parts is sent as a whole only when its shell changes. */
export interface TestElement {
  readonly id: string
  readonly text: string
  readonly parts?: readonly TestElement[]
}

/** A made-up page: its HTML is JSON, so that a test can put fragments where they belong. */
export class TestPage implements LivePage {
  minUpdateIntervalMs = 0
  loads = 0
  updates = 0
  rows: number[] = []
  loading: Promise<void> = Promise.resolve()
  fault: Error | null = null
  /** Of updates alone. */
  updateFault: Error | null = null

  constructor(
    public elements: readonly TestElement[] = [],
    private readonly wanted: (row: EventRow) => boolean = () => true,
  ) {}

  async load(): Promise<void> {
    await this.loading
    if (this.fault) throw this.fault
    this.loads++
  }

  concerns(row: EventRow): boolean {
    return this.wanted(row)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    await new Promise(setImmediate)
    const fault = this.fault ?? this.updateFault
    if (fault) throw fault
    this.updates++
    const newest = this.rows[0] ?? -1
    for (const { id } of rows) if (id > newest) this.rows.unshift(id)
  }

  parts() {
    const rows = this.rows.map((id) => ({ id, html: String(id) }))
    const list: AppendList = {
      id: 'rows',
      rows,
      render: (added) => JSON.stringify({ rowsOf: 'rows', rows: added.map((row) => row.id) }),
    }
    return { regions: this.elements.map(toRegion), lists: [list] }
  }
}

function toRegion(element: TestElement): Region {
  const { id, text, parts } = element
  const html = JSON.stringify(element)
  if (!parts) return { id, html }
  return { id, html, shell: JSON.stringify({ id, text }), parts: parts.map(toRegion) }
}

/** What a browser would show: fragments put in the place of the elements with their ids. */
export class TestDom {
  elements: readonly TestElement[]
  rows: number[]

  constructor(page: TestPage) {
    this.elements = page.elements
    this.rows = [...page.rows]
  }

  copy(): TestDom {
    return Object.assign(new TestDom(new TestPage()), { ...this, rows: [...this.rows] })
  }

  apply(fragments: string): void {
    for (const line of fragments.split('\n').filter((text) => text !== '')) {
      const fragment = JSON.parse(line) as TestElement & { rows?: number[] }
      if (fragment.rows) {
        const added = fragment.rows.filter((id) => !this.rows.includes(id))
        this.rows = [...added, ...this.rows]
      } else this.elements = this.elements.map((element) => swap(element, fragment))
    }
  }
}

/** An element whose id is not on the page vanishes, as in a browser. */
function swap(element: TestElement, fragment: TestElement): TestElement {
  if (element.id === fragment.id) return fragment
  if (!element.parts) return element
  return { ...element, parts: element.parts.map((part) => swap(part, fragment)) }
}
