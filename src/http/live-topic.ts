import type { Context } from 'hono'
import { ownerOf } from '../access/owner'
import { scopeOf } from '../access/visitor'
import { type ScopedTopic, scopeTopic, type Topic } from '../pages/topic'
import type { LivePage } from '../stream/live-page'
import type { Env } from './env'
import type { Services } from './services'

/** A topic as the visitor may see it. */
export function visitorTopic<Page extends LivePage>(
  c: Context<Env>,
  { pageSource }: Services,
  topic: Topic<Page>,
): ScopedTopic<Page> {
  const visitor = c.get('visitor')
  const owner = ownerOf(visitor, c.env.incoming)
  return scopeTopic(topic, { scope: scopeOf(visitor), owner }, pageSource)
}
