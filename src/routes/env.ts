import type { HttpBindings } from '@hono/node-server'

/** What Hono hands to every route: the raw request and response of Node. */
export interface Env {
  Bindings: HttpBindings
}
