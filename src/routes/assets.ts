import { Hono } from 'hono'
import { requires } from '../http/access-policy'
import { assetUrl } from '../http/assets'
import type { Env } from '../http/env'
import type { Services } from '../http/services'

export function assetRoutes({ assets }: Services): Hono<Env> {
  const app = new Hono<Env>()
  // Browsers ask for it beside answers that are no page.
  app.get('/favicon.ico', requires('public'), (c) => c.redirect(assetUrl(assets, 'favicon.svg')))
  app.get('/assets/:name', requires('public'), (c) => {
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
