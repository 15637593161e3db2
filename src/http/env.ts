import type { HttpBindings } from '@hono/node-server'
import type { Visitor } from '../access/visitor'

/** What Hono hands to every route: the raw request and response of Node, who was let in, and its id. */
export interface Env {
  Bindings: HttpBindings
  Variables: { visitor: Visitor; requestId: string }
}
