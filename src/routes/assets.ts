import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Hono } from 'hono'
import type { Env } from './env'
import { rule } from './rule'
import type { Services } from './services'

export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
  /** Changes with the content, so that a browser may keep the file for ever. */
  readonly url: string
}

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
}

/** Reads all files of the folder into memory. Requests never touch the file system. */
export function loadAssets(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>()
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue
    const body = new Uint8Array(readFileSync(join(folder, entry.name)))
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12)
    const type = TYPES[extname(entry.name)] ?? 'application/octet-stream'
    assets.set(entry.name, { body, type, url: `/assets/${entry.name}?v=${hash}` })
  }
  return assets
}

export function assetRoutes({ assets }: Services): Hono<Env> {
  const app = new Hono<Env>()
  // Browsers ask for it beside answers that are no page.
  app.get('/favicon.ico', rule('public'), (c) => c.redirect(assetUrl(assets, 'favicon.svg')))
  app.get('/assets/:name', rule('public'), (c) => {
    const asset = assets.get(c.req.param('name'))
    if (!asset) return c.notFound()
    const isPinned = c.req.url.endsWith(asset.url)
    return c.body(asset.body, 200, {
      'Content-Type': asset.type,
      'Cache-Control': isPinned ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
  })
  return app
}

export function assetUrl(assets: ReadonlyMap<string, Asset>, name: string): string {
  return assets.get(name)?.url ?? `/assets/${name}`
}
