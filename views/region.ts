import { type JSXNode, jsx } from 'hono/jsx'
import type { AppendList, ListRow, Region } from '../src/stream/region'
import { type Markup, renderedOnce, toHtml } from './render'

/** A region with its element, for the page that has it in its place. */
export interface PageRegion extends Region {
  readonly element: Markup
}

/** A list that only grows, with the element that holds its rows. */
export interface PageList extends AppendList {
  readonly element: Markup
}

/**
 * An HTML element that is kept up to date on its own. Its id, and the attribute by which htmx
 * replaces it, are written here and nowhere else.
 */
export function region(id: string, element: Markup): PageRegion {
  const own = renderedOnce(addressed(id, element, { 'hx-swap-oob': 'morph' }))
  return {
    id,
    element: own,
    get html() {
      return toHtml(own)
    },
  }
}

/**
 * An element of parts that change on their own; `shell` makes the element around them, and around
 * none. The whole is rendered only when it is sent, which is when its shell or the order of its parts
 * has changed.
 */
export function group(
  id: string,
  parts: readonly PageRegion[],
  shell: (parts: readonly Markup[]) => Markup,
): PageRegion {
  let whole: PageRegion | null = null
  const rendered = () => {
    whole ??= region(id, shell(parts.map(({ element }) => element)))
    return whole
  }
  return {
    id,
    get element() {
      return rendered().element
    },
    get html() {
      return rendered().html
    },
    shell: region(id, shell([])).html,
    parts,
  }
}

/**
 * A list that only grows: `holder` is the element around its rows, newest first; `render` adds rows
 * to the one with this id.
 */
export function appendList(
  id: string,
  rows: readonly { readonly id: number; readonly element: Markup }[],
  { holder, render }: { holder: Markup; render: (id: string, rows: readonly ListRow[]) => string },
): PageList {
  return {
    id,
    element: addressed(id, holder),
    rows: rows.map((row) => ({ id: row.id, html: toHtml(row.element) })),
    render: (added) => render(id, added),
  }
}

function addressed(id: string, element: Markup, also: Record<string, string> = {}): Markup {
  const { tag, props, children } = element as unknown as JSXNode
  // The element of a component is not known before it is rendered.
  if (typeof tag !== 'string') throw new TypeError(`The region “${id}” has to be an HTML element`)
  return jsx(tag, { id, ...props, ...also }, ...children) as unknown as Markup
}
