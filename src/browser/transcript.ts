import { refreshTimes } from './relative-time'

/** The list that holds the entries of a debate; they are put in by hand. */
export const TRANSCRIPT = 'transcript'

const MAX_ENTRIES = 400
/** Within this distance of the end, the transcript scrolls with new entries. */
const NEAR_PX = 40
const ENTRIES = 'li[data-entry-id]'

let unseen = 0

/** Keeps the scroll position of a reader of older entries, and says how many have come since. */
export function startTranscript(): void {
  const scroller = findScroller()
  if (!scroller) return
  scroller.addEventListener('scroll', () => isAtEnd(scroller) && announce(0), { passive: true })
  findButton()?.addEventListener('click', () => {
    scroller.scrollTo({ top: scroller.scrollHeight })
    announce(0)
  })
}

/** Puts entries where they belong by their id; known ones are left alone. */
export function receiveEntries(list: Element, fragment: ParentNode): void {
  const fresh = [...fragment.querySelectorAll(ENTRIES)].filter((entry) => !isKnown(list, entry))
  if (fresh.length === 0) return
  const scroller = findScroller()
  const follows = scroller === null || isAtEnd(scroller)
  keepInPlace(scroller, follows ? null : firstVisible(list, scroller), () => {
    for (const entry of fresh) insert(list, entry)
    while (list.childElementCount > MAX_ENTRIES) list.firstElementChild?.remove()
  })
  if (follows) scroller?.scrollTo({ top: scroller.scrollHeight })
  else announce(unseen + fresh.length)
}

function insert(list: Element, entry: Element): void {
  let place: Element | null = null
  let last = list.lastElementChild
  while (last && idOf(last) > idOf(entry)) {
    place = last
    last = last.previousElementSibling
  }
  list.insertBefore(entry, place)
  refreshTimes(entry)
}

/** Changes the list without moving what is read: the browser would keep the distance to the end. */
function keepInPlace(scroller: Element | null, anchor: Element | null, change: () => void): void {
  const before = anchor?.getBoundingClientRect().top ?? 0
  change()
  if (!scroller || !anchor?.isConnected) return
  scroller.scrollTop += anchor.getBoundingClientRect().top - before
}

function firstVisible(list: Element, scroller: Element | null): Element | null {
  const top = scroller?.getBoundingClientRect().top ?? 0
  return [...list.children].find((entry) => entry.getBoundingClientRect().bottom > top) ?? null
}

// Laid out from its end, so that a page without a script begins there: scrollTop is 0 at the end.
function isAtEnd(scroller: Element): boolean {
  return Math.abs(scroller.scrollTop) < NEAR_PX
}

function announce(count: number): void {
  unseen = count
  const button = findButton()
  if (!button) return
  button.hidden = count === 0
  button.textContent = `${count} new`
}

function findScroller(): Element | null {
  return document.querySelector('[data-transcript-scroll]')
}

function findButton(): HTMLElement | null {
  return document.getElementById('transcript-new')
}

function isKnown(list: Element, entry: Element): boolean {
  return list.querySelector(`[data-entry-id="${idOf(entry)}"]`) !== null
}

function idOf(entry: Element): number {
  return Number(entry.getAttribute('data-entry-id'))
}
