import { isInUse, startUse } from './board-interaction'

interface OobSwap {
  target: Element
  fragment: ParentNode
}

/** Ids of a list's items in their real order, for lists that show another one at the moment. */
const realOrder = new Map<string, string[]>()

/**
 * While the pointer or the keyboard focus is in the board, its cards stay where they are:
 * contents change, new cards come last, a card that goes leaves its place empty. The real order is
 * applied when the pointer and the focus have left.
 */
export function startSettlingCards(): void {
  const board = document.getElementById('projects')
  if (!board) return
  document.addEventListener('htmx:oobBeforeSwap', (event) => {
    const { fragment } = (event as CustomEvent<OobSwap>).detail
    for (const fresh of fragment.querySelectorAll('[data-settle]')) {
      realOrder.delete(fresh.id)
      const shown = document.getElementById(fresh.id)
      if (shown && isInUse()) keepPlaces(shown, fresh)
    }
  })
  preserveScroll(board)
  startUse(board, settle)
}

/** What comes or goes above the board must not move it under the pointer. */
function preserveScroll(board: HTMLElement): void {
  let top = 0
  document.addEventListener('htmx:oobBeforeSwap', () => {
    top = board.getBoundingClientRect().top
  })
  document.addEventListener('htmx:oobAfterSwap', () => {
    const moved = isInUse() ? board.getBoundingClientRect().top - top : 0
    if (moved !== 0) scrollBy({ top: moved, behavior: 'instant' })
  })
}

/** Puts the items of `fresh` in the order of those that are shown. */
function keepPlaces(shown: Element, fresh: Element): void {
  const real = [...fresh.children]
  const byKey = new Map(real.map((item) => [keyOf(item), item]))
  const kept = [...shown.children].flatMap((old) => {
    const key = keyOf(old)
    if (key === '') return []
    const item = byKey.get(key) ?? emptyPlace(old, key)
    byKey.delete(key)
    return [item]
  })
  const order = [...kept, ...byKey.values()]
  if (order.every((item, i) => item === real[i]) && order.length === real.length) return
  realOrder.set(fresh.id, real.map(keyOf))
  fresh.replaceChildren(...order)
}

function emptyPlace(old: Element, key: string): Element {
  const place = document.createElement(old.localName)
  place.className = 'vacant'
  place.setAttribute('data-vacant', key)
  place.setAttribute('aria-hidden', 'true')
  return place
}

function settle(): void {
  for (const [id, order] of realOrder) {
    const list = document.getElementById(id)
    if (list) applyOrder(list, order)
  }
  realOrder.clear()
}

function applyOrder(list: Element, order: readonly string[]): void {
  const byKey = new Map([...list.children].map((item) => [keyOf(item), item]))
  for (const item of [...list.children]) if (item.hasAttribute('data-vacant')) item.remove()
  let place = list.firstElementChild
  for (const key of order) {
    const item = byKey.get(key)
    if (!item || item.hasAttribute('data-vacant')) continue
    if (item === place) place = place.nextElementSibling
    else moveBefore(list, item, place)
  }
}

// A plain insertion would take the focus from what is inside.
function moveBefore(list: Element, item: Element, place: Element | null): void {
  const mover = list as Element & { moveBefore?: (item: Node, place: Node | null) => void }
  if (mover.moveBefore) mover.moveBefore(item, place)
  else list.insertBefore(item, place)
}

function keyOf(item: Element): string {
  return item.getAttribute('data-vacant') ?? (item.id || (item.querySelector('[id]')?.id ?? ''))
}
