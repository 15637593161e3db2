const TOKEN =
  /<!doctype[^>]*>|<!--[\s\S]*?-->|<\/([a-z][\w-]*)>|<([a-z][\w-]*)((?:\s+[^\s=>/]+(?:="[^"]*")?)*)\s*(\/?)>|[^<]+/gi
const VOID = new Set(['meta', 'link', 'input', 'br', 'hr', 'img'])
const MAX_ROWS = 50

interface Element {
  readonly tag: string
  readonly attributes: string
  children: (Element | string)[]
}

/**
 * What a browser makes of a page and of the fragments that arrive for it: whole elements take the
 * place of those with their ids, and rows are put in by their ids if they are not there yet.
 */
export class TestDom {
  private readonly root: Element

  constructor(html: string) {
    this.root = parse(html)
  }

  /** The address of the page's stream, with the cursor that the page was rendered with. */
  get stream(): string {
    const { attributes } = this.find((element) => attribute(element, 'sse-connect') !== '') ?? {
      attributes: '',
    }
    return attribute({ attributes }, 'sse-connect').replaceAll('&amp;', '&')
  }

  /** Takes the data of a `patch`, or the answer to a poll. */
  apply(fragments: string): void {
    for (const fragment of parse(fragments).children) {
      if (typeof fragment === 'string') continue
      if (fragment.tag === 'template') this.insertRows(fragment)
      else this.replace(this.root, attribute(fragment, 'id'), fragment)
    }
  }

  /** Everything on the page that is kept up to date, by id. */
  get shown(): Record<string, string> {
    const regions: Record<string, string> = {}
    const collect = (element: Element) => {
      const isLive =
        attribute(element, 'hx-swap-oob') !== '' || attribute(element, 'id') === 'feed-rows'
      if (isLive) regions[attribute(element, 'id')] = serialize(element)
      else for (const child of elementsOf(element)) collect(child)
    }
    collect(this.root)
    return regions
  }

  get rows(): number[] {
    const tbody = this.find((element) => attribute(element, 'id') === 'feed-rows')
    return tbody ? elementsOf(tbody).map(rowId) : []
  }

  private insertRows(template: Element): void {
    const [carrier] = elementsOf(template)
    const target = /^afterbegin:#(.+)$/.exec(carrier ? attribute(carrier, 'hx-swap-oob') : '')?.[1]
    const tbody = this.find((element) => attribute(element, 'id') === target)
    if (!carrier || !tbody) return
    const known = new Set(elementsOf(tbody).map(rowId))
    const fresh = elementsOf(carrier).filter((row) => !known.has(rowId(row)))
    tbody.children = [...fresh, ...elementsOf(tbody)]
      .sort((a, b) => rowId(b) - rowId(a))
      .slice(0, MAX_ROWS)
  }

  private replace(parent: Element, id: string, fresh: Element): void {
    parent.children = parent.children.map((child) => {
      if (typeof child === 'string') return child
      if (attribute(child, 'id') === id) return fresh
      this.replace(child, id, fresh)
      return child
    })
  }

  private find(test: (element: Element) => boolean, from = this.root): Element | undefined {
    for (const child of elementsOf(from)) {
      const found = test(child) ? child : this.find(test, child)
      if (found) return found
    }
    return undefined
  }
}

function parse(html: string): Element {
  const root: Element = { tag: '', attributes: '', children: [] }
  const open = [root]
  let end = 0
  for (const match of html.matchAll(TOKEN)) {
    const [text, closed, tag, attributes = '', slash] = match
    if (match.index !== end) throw new Error(`Not HTML: ${html.slice(end, end + 100)}`)
    end += text.length
    const parent = open.at(-1) ?? root
    if (closed !== undefined) {
      if (open.pop()?.tag !== closed) throw new Error(`</${closed}> closes something else`)
    } else if (tag !== undefined) {
      const element = { tag, attributes, children: [] }
      parent.children.push(element)
      if (!slash && !VOID.has(tag)) open.push(element)
    } else if (!text.startsWith('<!')) parent.children.push(text)
  }
  if (end !== html.length || open.length !== 1) throw new Error('The HTML is not whole')
  return root
}

function serialize({ tag, attributes, children }: Element): string {
  const inside = children.map((child) => (typeof child === 'string' ? child : serialize(child)))
  return `<${tag}${attributes}>${inside.join('')}</${tag}>`
}

function attribute({ attributes }: { attributes: string }, name: string): string {
  return new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
}

function elementsOf({ children }: Element): Element[] {
  return children.filter((child) => typeof child !== 'string')
}

function rowId(row: Element): number {
  return Number(attribute(row, 'data-event-id'))
}
