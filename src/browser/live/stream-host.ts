import { LiveClient } from './live-client'
import { olderCursor, topicsThatFit } from './live-request'
import type { Status } from './live-types'
import type { FromLeader, FromTab } from './tab-message'

type Here = Extract<FromTab, { kind: 'here' }>

interface Tab extends Here {
  /** Roll-calls that it has not answered. */
  missed: number
  /** The server has no such page. */
  isRefused: boolean
}

/** What comes together is done together. */
const GATHER_MS = 50
const ROLL_CALL_MS = 20_000
/** A tab that crashed is forgotten; a frozen one says that it is there when it goes on. */
const MAX_MISSED = 2

/**
 * The leader's part: one stream for the pages of all tabs. What comes is sent to all, and each takes
 * what is its own. A tab is served from the moment when the stream goes on from a cursor that is not
 * after the tab's own; what is open stays open until then.
 */
export class StreamHost {
  private readonly client: LiveClient
  private readonly tabs = new Map<string, Tab>()
  private served = new Set<string>()
  /** The topics that were asked for last, and the tabs that will be served by them. */
  private plan: { topics: readonly string[]; tabs: readonly string[] } | null = null
  private topics: readonly string[] = []
  private status: Status | null = null
  private isClosed = false
  private gathering = 0
  private readonly rollCall: number

  constructor(
    private readonly term: string,
    private readonly own: string,
    private readonly send: (message: FromLeader) => void,
    canStream: boolean,
  ) {
    this.client = new LiveClient(
      {
        onStatus: (status) => {
          this.status = status
          this.tell()
        },
        onFrame: (frame) => send({ kind: 'frame', term, ...frame }),
        onReset: (topic) => send({ kind: 'reset', term, topic }),
        onNotice: (notice) => send({ kind: 'notice', term, notice }),
        onUnauthorized: () => send({ kind: 'unauthorized', term }),
        onFollowing: (topics) => this.follow(topics),
        onRefusedTopic: (topic) => this.refuse(topic),
      },
      canStream,
    )
    this.rollCall = window.setInterval(() => this.call(), ROLL_CALL_MS)
  }

  /** Opens the stream for the leader's own page at once; the others follow when they have answered. */
  start(own: Here): void {
    this.take(own)
    this.rearrange()
    this.client.open()
    this.send({ kind: 'ask', term: this.term })
  }

  here(tab: Here): void {
    this.take(tab)
    if (!this.served.has(tab.tab)) this.gather()
  }

  /** Its topic stays in the stream until the next change: a tab that loads a page is back at once. */
  gone(tab: string): void {
    this.tabs.delete(tab)
    this.served.delete(tab)
  }

  /** Says how things are: the sign of life of the leader. */
  tell(): void {
    if (this.isClosed) return
    const { term, status } = this
    const isHidden = document.hidden
    this.send({ kind: 'state', term, status, isHidden, served: [...this.served] })
  }

  check(): void {
    this.client.check()
  }

  checkStale(): void {
    this.client.checkStale()
  }

  close(): void {
    this.isClosed = true
    clearInterval(this.rollCall)
    clearTimeout(this.gathering)
    this.client.close()
  }

  private take(tab: Here): void {
    const isRefused = this.tabs.get(tab.tab)?.isRefused ?? false
    this.tabs.set(tab.tab, { ...tab, missed: 0, isRefused })
  }

  private gather(): void {
    if (this.gathering !== 0) return
    this.gathering = window.setTimeout(() => {
      this.gathering = 0
      this.rearrange()
    }, GATHER_MS)
  }

  /** Asks for the topics of all tabs, where that differs from what is asked for. */
  private rearrange(): void {
    const tabs = [...this.tabs.values()].filter((tab) => !tab.isRefused).sort(this.inOrder)
    const topics = topicsThatFit(tabs.map((tab) => tab.topics))
    const fitting = tabs.filter((tab) => tab.topics.every((topic) => topics.includes(topic)))
    const joining = fitting.filter((tab) => !this.served.has(tab.tab))
    if (topics.length === 0 || (joining.length === 0 && sameSet(topics, this.topics))) return
    const from = joining.reduce((oldest, tab) => olderCursor(oldest, tab.cursor), '')
    this.plan = { topics, tabs: fitting.map((tab) => tab.tab) }
    this.client.follow(topics, from)
  }

  /** Visible tabs first, then the newest. */
  private readonly inOrder = (a: Tab, b: Tab): number =>
    Number(b.tab === this.own) - Number(a.tab === this.own) ||
    Number(a.isHidden) - Number(b.isHidden)

  private follow(topics: readonly string[]): void {
    const { plan } = this
    if (plan?.topics === topics) {
      this.topics = topics
      this.served = new Set(plan.tabs.filter((tab) => this.tabs.has(tab)))
      this.plan = null
    }
    this.tell()
  }

  /** Its tabs find out by themselves; the others must not suffer. */
  private refuse(topic: string): void {
    const tabs = [...this.tabs.values()]
    const refused = tabs.filter((tab) => tab.topics.includes(topic))
    if (refused.length === tabs.length) return
    for (const tab of refused) {
      tab.isRefused = true
      this.served.delete(tab.tab)
    }
    this.tell()
    this.gather()
  }

  private call(): void {
    for (const tab of this.tabs.values()) {
      if (tab.tab !== this.own && ++tab.missed > MAX_MISSED) this.gone(tab.tab)
    }
    this.send({ kind: 'ask', term: this.term })
    this.gather()
  }
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one))
}
