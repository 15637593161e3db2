interface OobSwap {
  target: Element
}

const TINT_MS = 600
const CARD = '.card'
const VALUE = '[data-tint]'

let before: { texts: Map<Element, string>; cards: Set<string> } | null = null

/** Marks what a swap changed, for the style sheet to tint, and what it brought, to fade in. */
export function startTints(): void {
  keepHiddenPagesStill()
  document.addEventListener('htmx:oobBeforeSwap', (event) => {
    // A hidden page paints nothing: what waits for its next frame would pile up until it is shown.
    if (document.hidden) return
    const { target } = (event as CustomEvent<OobSwap>).detail
    const texts = [...target.querySelectorAll(VALUE)].map((value): [Element, string] => [
      value,
      textOf(value),
    ])
    before = { texts: new Map(texts), cards: new Set(cardsOf(target).map(({ id }) => id)) }
  })
  document.addEventListener('htmx:oobAfterSwap', (event) => {
    const { target } = (event as CustomEvent<OobSwap>).detail
    if (!before) return
    for (const [value, text] of before.texts)
      if (textOf(value) !== text) mark(value, 'data-ui-tint')
    for (const card of cardsOf(target)) {
      if (!before.cards.has(card.id)) mark(card, 'data-ui-new')
    }
    before = null
  })
}

/**
 * A hidden page paints nothing, so no animation of it ever ends, and each keeps its element, also one
 * that was swapped out long ago: the style sheet starts none there.
 */
function keepHiddenPagesStill(): void {
  const tell = () => document.documentElement.toggleAttribute('data-ui-still', document.hidden)
  tell()
  document.addEventListener('visibilitychange', tell)
}

// A card that is itself the target was on the page already.
function cardsOf(target: Element): Element[] {
  return [...target.querySelectorAll(CARD)]
}

// Ages change by themselves; only what was reported counts as a change.
function textOf(value: Element): string {
  const text = value.textContent ?? ''
  return value.querySelector('time') ? text.replace(/\d+ (s|min|h|d)/g, '') : text
}

function mark(element: Element, name: string): void {
  element.removeAttribute(name)
  requestAnimationFrame(() => {
    element.setAttribute(name, '')
    setTimeout(() => element.removeAttribute(name), TINT_MS)
  })
}
