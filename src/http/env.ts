import type { HttpBindings } from '@hono/node-server'
import type { Visitor } from '../access/visitor'

/** What Hono passes to every route: Node's raw request and response, the visitor, and the request's id. */
export interface Env {
  Bindings: HttpBindings
  Variables: { visitor: Visitor; requestId: string }
}
