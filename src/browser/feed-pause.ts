import { refreshTimes } from './relative-time'

const MAX_ROWS = 50
const SCROLLED_PX = 4
const ROWS = 'tr[data-event-id]'

/** How many rows have come in, by each count of the page. */
interface Count {
  readonly by: string
  readonly total: number
}

interface FeedBuffer {
  readonly tbody: Element
  readonly section: Element
  readonly scroller: Element | null
  readonly button: HTMLElement | null
  /** By id; rows held back while the feed is read, as far as they could still be shown. */
  readonly waiting: Map<number, Element>
  /** How many have come since rows began to wait. */
  waitingCount: number
  /** Some of them were not sent, and are not counted. */
  isAtLeast: boolean
  /** The server's count when rows came last. */
  count: Count | null
  isHovered: boolean
  /** The reader has paused the feed: nothing comes in until it is resumed. */
  isPaused: boolean
  /** All rows were removed, to be sent again. */
  isEmptied: boolean
}

let hold: FeedBuffer | null = null

/** Holds back new rows of the feed while it is being read or is paused. */
export function startFeedHold(): void {
  const tbody = document.getElementById('feed-rows')
  const section = tbody?.closest('section')
  if (!tbody || !section) return
  const feed: FeedBuffer = {
    tbody,
    section,
    scroller: tbody.closest('[data-feed-scroll]'),
    button: document.getElementById('feed-new'),
    waiting: new Map(),
    waitingCount: 0,
    isAtLeast: false,
    count: readCount(),
    isHovered: false,
    isPaused: false,
    isEmptied: false,
  }
  hold = feed
  const pause = document.getElementById('feed-pause')
  section.addEventListener('pointerenter', (event) => {
    // Where the feed fills the page and can be paused, a pointer that rests on it says nothing.
    feed.isHovered = !pause && (event as PointerEvent).pointerType !== 'touch'
  })
  startPause(feed, pause)
  section.addEventListener('pointerleave', () => {
    feed.isHovered = false
    releaseIfUnread(feed)
  })
  // The next element has the focus only after this event.
  section.addEventListener('focusout', () => setTimeout(() => releaseIfUnread(feed)))
  feed.scroller?.addEventListener('scroll', () => releaseIfUnread(feed), { passive: true })
  addEventListener('scroll', () => releaseIfUnread(feed), { passive: true })
  feed.button?.addEventListener('click', () => {
    release(feed)
    feed.scroller?.scrollTo({ top: 0 })
    if (section.getBoundingClientRect().top < 0) section.scrollIntoView()
  })
}

/** Works in this tab alone: what others look at goes on. */
function startPause(feed: FeedBuffer, button: HTMLElement | null): void {
  if (!button) return
  button.hidden = false
  button.addEventListener('click', () => {
    feed.isPaused = !feed.isPaused
    button.setAttribute('aria-pressed', String(feed.isPaused))
    if (!feed.isPaused) release(feed)
  })
}

/** Removes all rows; the server sends the present ones again. */
export function emptyFeed(tbody: Element): void {
  tbody.replaceChildren()
  if (hold?.tbody !== tbody) return
  hold.waiting.clear()
  hold.waitingCount = 0
  hold.isAtLeast = false
  hold.isEmptied = true
  announce(hold)
}

/** Inserts rows in the order of their ids, now or when the feed is no longer read; known ones stay. */
export function receiveRows(tbody: Element, fragment: ParentNode): void {
  const rows = [...fragment.querySelectorAll(ROWS)]
  if (hold?.tbody !== tbody) {
    insert(tbody, rows)
    return
  }
  const before = hold.count
  hold.count = readCount()
  const unseen = rows.filter((row) => !isKnown(tbody, row) && !hold?.waiting.has(idOf(row)))
  if (unseen.length === 0) return
  count(hold, before, unseen.length)
  for (const row of unseen) hold.waiting.set(idOf(row), row)
  if (isRead(hold) && !hold.isEmptied) announce(hold)
  else release(hold)
  hold.isEmptied = false
}

function releaseIfUnread(feed: FeedBuffer): void {
  if (feed.waiting.size > 0 && !isRead(feed)) release(feed)
}

function release(feed: FeedBuffer): void {
  const rows = [...feed.waiting.values()]
  feed.waiting.clear()
  feed.waitingCount = 0
  feed.isAtLeast = false
  announce(feed)
  insert(feed.tbody, rows)
}

/** Only the newest rows are sent, so where the server counts, its number is the true one. */
function count(feed: FeedBuffer, before: Count | null, sent: number): void {
  if (before && feed.count?.by === before.by) {
    feed.waitingCount += feed.count.total - before.total
  } else {
    feed.waitingCount += sent
    feed.isAtLeast ||= sent >= MAX_ROWS
  }
}

function readCount(): Count | null {
  const { by, total } = document.getElementById('feed-facts')?.dataset ?? {}
  return by === undefined ? null : { by, total: Number(total) }
}

function announce({ button, waiting, waitingCount, isAtLeast }: FeedBuffer): void {
  // What could no longer be shown need not be kept: the page holds the newest rows only.
  const newest = [...waiting.keys()].sort((a, b) => b - a)
  for (const id of newest.slice(MAX_ROWS)) waiting.delete(id)
  if (!button) return
  button.hidden = waitingCount === 0
  button.textContent = `${waitingCount}${isAtLeast ? '+' : ''} new`
}

function isRead({ section, tbody, scroller, isHovered, isPaused }: FeedBuffer): boolean {
  return (
    isPaused ||
    isHovered ||
    // The buttons beside the feed keep the focus after they were used.
    tbody.contains(document.activeElement) ||
    (scroller?.scrollTop ?? 0) > SCROLLED_PX ||
    // Below the board the page scrolls, not the feed.
    section.getBoundingClientRect().top < 0
  )
}

function insert(tbody: Element, rows: readonly Element[]): void {
  const sorted = rows.filter((row) => !isKnown(tbody, row)).sort((a, b) => idOf(b) - idOf(a))
  let place = tbody.firstElementChild
  for (const row of sorted) {
    while (place && idOf(place) > idOf(row)) place = place.nextElementSibling
    if (!document.hidden) row.setAttribute('data-ui-new', '')
    tbody.insertBefore(row, place)
    refreshTimes(row)
  }
  // Older rows of what is gone may have waited together with the news of it.
  for (const row of sorted) {
    removeRows(tbody, 'data-project', row.getAttribute('data-removes'))
    removeRows(tbody, 'data-session', row.getAttribute('data-removes-session'))
  }
  while (tbody.childElementCount > MAX_ROWS) tbody.lastElementChild?.remove()
}

/** A project or a session was removed with all that was reported in it. */
function removeRows(tbody: Element, attribute: string, id: string | null): void {
  if (id === null || !/^\d+$/.test(id)) return
  for (const row of tbody.querySelectorAll(`[${attribute}="${id}"]`)) row.remove()
}

/** The same, by an attribute of the page where no row that it selects says so. */
export function dropRemoved({ dataset: { removed, removedSessions } }: HTMLElement): void {
  drop('data-project', removed)
  drop('data-session', removedSessions)
}

function drop(attribute: string, ids = ''): void {
  for (const id of ids.split(' ')) {
    if (hold) removeRows(hold.tbody, attribute, id)
    for (const [event, row] of hold?.waiting ?? []) {
      if (row.getAttribute(attribute) === id) hold?.waiting.delete(event)
    }
  }
}

function isKnown(tbody: Element, row: Element): boolean {
  return tbody.querySelector(`[data-event-id="${idOf(row)}"]`) !== null
}

function idOf(row: Element): number {
  return Number(row.getAttribute('data-event-id'))
}
