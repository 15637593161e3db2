import type { Child } from 'hono/jsx'
import { type BarModel, barRegions } from './components/bar'
import { behindRegion } from './components/behind'
import { Connection } from './components/connection'
import { Icon } from './components/icon'
import { Nav, type NavEntry } from './components/nav'
import { NotifyButton } from './components/notify-button'
import { SearchField } from './components/search-field'
import { waitingIcon } from './page-icon'
import { pageTitle, titleRegion } from './page-title'
import { SseSetup } from './sse-setup'

export interface Assets {
  readonly css: string
  readonly js: string
  readonly icon: string
}

/** What every page needs beside its model. */
export interface PageFrame {
  readonly assets: Assets
  /** Where this Muster is reached: `http://127.0.0.1:4690`. */
  readonly address: string
  readonly nav: readonly NavEntry[]
  /** What is on every page of the fleet; null where the visitor is not known. */
  readonly bar: BarModel | null
  /** The stream that keeps the page up to date; null for a page that never changes. */
  readonly live: {
    readonly topics: readonly string[]
    readonly cursor: number
    /** When all was known that it shows, where newer events cannot be shown yet. */
    readonly asOf?: Date | null
  } | null
  /** The visitor has a login session. */
  readonly canLogOut?: boolean
  /** The visitor may act on what the page shows. */
  readonly mayAct?: boolean
}

interface LayoutProps {
  title: string
  frame: PageFrame
  /** Names the page for the style sheet. */
  page: string
  /** The page whose entry in the navigation leads here; this one by default. */
  within?: string | undefined
  counts?: Child
  children?: Child
}

const REFRESH_SECONDS = 30

const HTMX_CONFIG = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  defaultSettleDelay: 0,
  allowNestedOobSwaps: false,
  selfRequestsOnly: true,
  historyEnabled: false,
})

/** A whole page but for its doctype, which the route writes. */
export function Layout({ title, frame, page, within, counts, children }: LayoutProps) {
  const { assets, bar, live } = frame
  const waiting = bar?.attention.waiting ?? 0
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{pageTitle(title, waiting)}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="same-origin" />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <link
          id="icon"
          rel="icon"
          href={waitingIcon(waiting) || assets.icon}
          type="image/svg+xml"
          data-plain={assets.icon}
        />
        <link rel="stylesheet" href={assets.css} />
        <script type="module" src={assets.js} />
        {live ? (
          <noscript>
            <meta http-equiv="refresh" content={String(REFRESH_SECONDS)} />
          </noscript>
        ) : null}
      </head>
      <body hx-ext="morph" data-page={page}>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="topbar">
          <a class="brand" href="/">
            <Icon name="roll" />
            Muster
          </a>
          {/* Without a login there are no pages to go to. */}
          {page === 'login' ? null : <Nav entries={frame.nav} current={within ?? page} />}
          {page === 'login' || page === 'events' ? null : <SearchField />}
          {counts}
          {live ? <Connection /> : null}
          {live && bar ? <NotifyButton /> : null}
          {live ? (
            <noscript>
              <span class="connection">Refreshes every {REFRESH_SECONDS} s</span>
            </noscript>
          ) : null}
        </header>
        {live ? <div id="notice" class="notice" role="status" hidden /> : null}
        {live ? behindRegion(live.asOf ?? null).element : null}
        <main id="main" tabindex={-1}>
          {children}
        </main>
        {frame.canLogOut ? (
          <form class="log-out" method="post" action="/logout">
            <button type="submit" class="button">
              Log out
            </button>
          </form>
        ) : null}
        {bar ? Object.values(barRegions(bar)).map(({ element }) => element) : null}
        {live ? titleRegion(title).element : null}
        {live ? <SseSetup topics={live.topics} cursor={live.cursor} /> : null}
      </body>
    </html>
  )
}
