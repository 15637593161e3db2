import { refreshTimes } from './relative-time'

const MAX_ROWS = 50
const SCROLLED_PX = 4
const ROWS = 'tr[data-event-id]'

interface Hold {
  readonly tbody: Element
  readonly section: Element
  readonly scroller: Element | null
  readonly button: HTMLElement | null
  /** By id; what waits until nobody reads. */
  readonly waiting: Map<number, Element>
  isHovered: boolean
}

let hold: Hold | null = null

/** Lets new rows of the feed wait for as long as somebody reads it. */
export function startFeedHold(): void {
  const tbody = document.getElementById('feed-rows')
  const section = tbody?.closest('section')
  if (!tbody || !section) return
  const feed: Hold = {
    tbody,
    section,
    scroller: tbody.closest('[data-feed-scroll]'),
    button: document.getElementById('feed-new'),
    waiting: new Map(),
    isHovered: false,
  }
  hold = feed
  section.addEventListener('pointerenter', (event) => {
    feed.isHovered = (event as PointerEvent).pointerType !== 'touch'
  })
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

/** Puts rows where they belong by their id, now or when nobody reads; known ones are left alone. */
export function receiveRows(tbody: Element, fragment: ParentNode): void {
  const rows = [...fragment.querySelectorAll(ROWS)]
  if (hold?.tbody !== tbody) {
    insert(tbody, rows)
    return
  }
  const unseen = rows.filter((row) => !isKnown(tbody, row) && !hold?.waiting.has(idOf(row)))
  if (unseen.length === 0) return
  for (const row of unseen) hold.waiting.set(idOf(row), row)
  if (isRead(hold)) announce(hold)
  else release(hold)
}

function releaseIfUnread(feed: Hold): void {
  if (feed.waiting.size > 0 && !isRead(feed)) release(feed)
}

function release(feed: Hold): void {
  const rows = [...feed.waiting.values()]
  feed.waiting.clear()
  announce(feed)
  insert(feed.tbody, rows)
}

function announce({ button, waiting }: Hold): void {
  // What could no longer be shown need not be kept: the page holds the newest rows only.
  const newest = [...waiting.keys()].sort((a, b) => b - a)
  for (const id of newest.slice(MAX_ROWS)) waiting.delete(id)
  if (!button) return
  button.hidden = waiting.size === 0
  button.textContent = `${waiting.size}${waiting.size === MAX_ROWS ? '+' : ''} new`
}

function isRead({ section, scroller, isHovered }: Hold): boolean {
  return (
    isHovered ||
    section.contains(document.activeElement) ||
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
    removeRows(tbody, row.getAttribute('data-removes'))
  }
  while (tbody.childElementCount > MAX_ROWS) tbody.lastElementChild?.remove()
}

/** A project was removed with all that was reported in it. */
function removeRows(tbody: Element, project: string | null): void {
  if (project === null || !/^\d+$/.test(project)) return
  for (const row of tbody.querySelectorAll(`[data-project="${project}"]`)) row.remove()
}

function isKnown(tbody: Element, row: Element): boolean {
  return tbody.querySelector(`[data-event-id="${idOf(row)}"]`) !== null
}

function idOf(row: Element): number {
  return Number(row.getAttribute('data-event-id'))
}
