import type { Idiomorph } from 'idiomorph/htmx'

/**
 * What the browser knows and the server does not survives a morph: open disclosures, attributes
 * named `data-ui-…`, and times that already read "3 min".
 */
export function keepOnMorph(idiomorph: Pick<typeof Idiomorph, 'defaults'>): void {
  const { callbacks } = idiomorph.defaults
  callbacks.beforeAttributeUpdated = (name, element) => !isOurs(name, element)
  callbacks.beforeNodeMorphed = (old, fresh) => !isSameTime(old, fresh)
}

function isOurs(name: string, element: Element): boolean {
  if (name.startsWith('data-ui-')) return true
  if (name === 'open') return element.localName === 'details'
  if (name === 'title') return element.localName === 'time'
  // htmx takes it off the fragment before the swap; on the page it is constant.
  return name === 'hx-swap-oob'
}

function isSameTime(old: Node, fresh: Node): boolean {
  return (
    old instanceof HTMLTimeElement &&
    fresh instanceof HTMLTimeElement &&
    old.dateTime === fresh.dateTime &&
    old.dataset.relative === fresh.dataset.relative
  )
}
