import type { JSXNode } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'

/** What JSX makes. */
export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** The HTML of an element. Views are synchronous, so this is never a promise. */
export function toHtml(element: Markup): string {
  const html = element.toString()
  if (typeof html !== 'string') throw new TypeError('views must render synchronously')
  return html
}

/**
 * The same element, rendered at most once however often it is shown. For elements of data that
 * never changes: the text is kept as long as the element is, and what it was made of is not.
 */
export function renderedOnce(element: Markup): Markup {
  const node = element as unknown as JSXNode
  const render = node.toStringToBuffer.bind(node)
  let html: string | null = null
  node.toStringToBuffer = (buffer) => {
    if (html === null) {
      html = renderAlone(render)
      node.props = {}
      node.children = []
    }
    buffer[0] += html
  }
  return element
}

function renderAlone(render: JSXNode['toStringToBuffer']): string {
  const own = Object.assign([''], { callbacks: [] }) as Parameters<typeof render>[0]
  render(own)
  const [html] = own
  // Anything asynchronous leaves more than one piece.
  if (own.length !== 1 || typeof html !== 'string') {
    throw new TypeError('views must render synchronously')
  }
  return html
}
