import { behindRegion } from '../../views/components/behind'
import { Layout, type PageFrame } from '../../views/layout'
import { titleRegion } from '../../views/page-title'
import type { PageList, PageRegion } from '../../views/region'
import type { Markup } from '../../views/render'
import { NotFound } from '../errors/app-error'
import type { LivePage, PageParts } from '../stream/live-page'
import { type PageData, type PageState, ScopedPage } from './page-state'
import type { Topic } from './topic'

/** A live page that can also be shown whole. */
export interface Page extends LivePage {
  /** Throws NotFound once what it is about was removed. */
  render(frame: PageFrame): Markup
}

/** What is kept up to date on a page, by the names that its body has for it. */
export type Parts = Readonly<Record<string, PageRegion | PageList>>
type Elements<P extends Parts> = { readonly [Name in keyof P]: Markup }

/** The one thing that an address names: `7` of `/agents/7`. */
export interface IdFormat<Id> {
  readonly noun: string
  /** Null for what cannot be one. */
  parse(text: string): Id | null
}

/** What a page is narrowed to by the query of its address. */
export interface QueryFormat<Query> {
  /** The fields that a topic may have. */
  readonly keys: readonly string[]
  /** Throws BadInput. */
  parse(query: URLSearchParams): Query
  /** In the canonical form, without a question mark. */
  print(query: Query): string
}

export interface PageDefinition<Id, Query, Model, P extends Parts> {
  /** Its topics begin with it, and style sheets know the page by it. */
  readonly key: string
  readonly path: string
  /** Its label in the navigation, or the page whose entry leads here. */
  readonly nav: { readonly label: string } | { readonly within: string }
  readonly id?: IdFormat<Id>
  readonly query?: QueryFormat<Query>
  /** The page differs from owner to owner. */
  readonly isOwn?: boolean
  /** False for a page of the past, which is read once. */
  isLive?(query: Query): boolean
  open(topic: { id: Id; query: Query }, data: PageData): PageState<Model>
  title(model: Model): string
  /** `address` is where this Muster is reached. The same bytes go to all viewers. */
  parts(model: Model, address: string): P
  /** The page around its parts; `counts` among them stands in the bar. */
  body(elements: Elements<P>, model: Model, frame: PageFrame): Markup
  /** What takes the place of the parts when what the page is about was removed. */
  readonly gone?: { readonly title: string; parts(): Parts }
}

/** A kind of page, as the table of them has it. */
export interface PageType {
  readonly key: string
  readonly path: string
  readonly nav: PageDefinition<unknown, unknown, unknown, Parts>['nav']
  readonly noun: string
  /** The fields that a topic's query may have. */
  readonly queryKeys: readonly string[]
  /** The topic of an address; null where there can be no such page. Throws BadInput. */
  topic(id: string | null, query: URLSearchParams): Topic<Page> | null
}

/** A page as it was defined, with its markup for tests of it. */
export interface DefinedPage<Model, P extends Parts> extends PageType {
  parts(model: Model, address: string): P
  render(model: Model, frame: PageFrame): Markup
}

/** Puts together a kind of page: its address, its topics, and markup that is written once. */
export function definePage<Model, P extends Parts, Id = undefined, Query = undefined>(
  definition: PageDefinition<Id, Query, Model, P>,
): DefinedPage<Model, P> {
  const { key, path, nav, id: format, query: queries } = definition
  const topicOf = (id: Id, query: Query): Topic<Page> => {
    const name = format ? `${key}/${id}` : key
    const printed = queries?.print(query) ?? ''
    return {
      key: printed === '' ? name : `${name}?${printed}`,
      isOwn: definition.isOwn ?? false,
      isLive: definition.isLive?.(query) ?? true,
      open: (data) => new OpenPage(definition, definition.open({ id, query }, data), data, name),
    }
  }
  return {
    key,
    path,
    nav,
    noun: format?.noun ?? 'page',
    queryKeys: queries?.keys ?? [],
    topic(text, search) {
      if ((text !== null) !== (format !== undefined)) return null
      const id = format?.parse(text ?? '')
      if (id === null) return null
      // Without formats both are undefined, and so are their types.
      return topicOf(id as Id, queries?.parse(search) as Query)
    },
    parts: (model, address) => definition.parts(model, address),
    render: (model, frame) => renderPage(definition, model, frame),
  }
}

function renderPage<Id, Query, Model, P extends Parts>(
  { key, nav, title, parts, body }: PageDefinition<Id, Query, Model, P>,
  model: Model,
  frame: PageFrame,
): Markup {
  const shown = Object.entries(parts(model, frame.address))
  const elements = Object.fromEntries(shown.map(([name, { element }]) => [name, element]))
  return (
    <Layout
      title={title(model)}
      page={key}
      within={'within' in nav ? nav.within : key}
      frame={frame}
      counts={elements.counts}
    >
      {body(elements as Elements<P>, model, frame)}
    </Layout>
  )
}

/** What the streams keep up to date of a page: regions that are replaced, and lists that grow. */
export function sortParts(parts: Parts): PageParts {
  const all = Object.values(parts)
  return {
    regions: all.filter((part): part is PageRegion => !('rows' in part)),
    lists: all.filter((part): part is PageList => 'rows' in part),
  }
}

/** An open page of a definition, shared by viewers of the same scope. */
class OpenPage<Id, Query, Model, P extends Parts>
  extends ScopedPage<PageState<Model>>
  implements Page
{
  constructor(
    private readonly definition: PageDefinition<Id, Query, Model, P>,
    state: PageState<Model>,
    private readonly data: PageData,
    private readonly name: string,
  ) {
    super(state, data.scope)
  }

  parts(): PageParts {
    const { title, parts } = this.shown()
    return sortParts({ ...parts, title: titleRegion(title) })
  }

  renderAsOf(asOf: Date | null): PageRegion {
    return behindRegion(asOf)
  }

  render(frame: PageFrame): Markup {
    const model = this.state.model()
    if (model === null) throw new NotFound(`There is no ${this.name.replace('/', ' ')}`)
    return renderPage(this.definition, model, frame)
  }

  private shown(): { title: string; parts: Parts } {
    const { definition, data } = this
    const model = this.state.model()
    if (model !== null) {
      return { title: definition.title(model), parts: definition.parts(model, data.address) }
    }
    if (!definition.gone) throw new TypeError(`The page ${definition.key} cannot be gone`)
    return { title: definition.gone.title, parts: definition.gone.parts() }
  }
}
