import { metricsBody, recordBody } from '../ingest/test-otlp'
import type { RuledRoute } from './rule'

/** One project of a test, and what is in it. */
export interface Sample {
  readonly slug: string
  readonly projectId: number
  readonly agentId: number
  readonly eventId: number
}

/** What is removed for good must not be the sample. */
const NO_PROJECT = 999_999_999
const NOBODY = '00000000-0000-4000-8000-000000000000'

/**
 * An address for every route that has a parameter or needs a query. Whoever adds such a route adds it
 * here, and the tests of access cover it. What is about one project leads to the sample's.
 */
const ADDRESSES: Readonly<Record<string, (sample: Sample) => string>> = {
  '/agents/:id': ({ agentId }) => `/agents/${agentId}`,
  '/agents/:id/seen': ({ agentId }) => `/agents/${agentId}/seen`,
  '/api/projects/:id': () => `/api/projects/${NO_PROJECT}`,
  '/api/projects/:id/merge': () => `/api/projects/${NO_PROJECT}/merge`,
  '/api/v2/configurations/:id': () => `/api/v2/configurations/${NOBODY}`,
  '/api/v2/configurations/:id/stream': () => `/api/v2/configurations/${NOBODY}/stream`,
  '/assets/:name': () => '/assets/muster.css',
  '/events/:id': ({ eventId }) => `/events/${eventId}`,
  '/live': () => '/live?topic=board',
  '/projects/:slug': ({ slug }) => `/projects/${slug}`,
  '/settings/people/:user': () => '/settings/people/nobody',
  '/settings/people/:user/delete': () => '/settings/people/nobody/delete',
  '/settings/people/:user/password': () => '/settings/people/nobody/password',
  ...Object.fromEntries(
    ['archive', 'merge', 'remove', 'rename', 'restore'].map((change) => [
      `/settings/projects/:id/${change}`,
      () => `/settings/projects/${NO_PROJECT}/${change}`,
    ]),
  ),
  '/settings/tokens/:id/revoke': () => `/settings/tokens/${NOBODY}/revoke`,
  '/views/:id': () => `/views/${NOBODY}`,
  '/views/:id/delete': () => `/views/${NOBODY}/delete`,
  '/views/:id/edit': () => `/views/${NOBODY}/edit`,
}

/** What programs send to a route, about the sample's project; for others an empty object. */
const BODIES: Readonly<Record<string, (sample: Sample) => object>> = {
  '/api/events': ({ slug }) => ({ type: 'noted', project: slug }),
  '/hooks/claude-code': ({ slug }) => hook(slug),
  '/hooks/codex': ({ slug }) => hook(slug),
  '/v1/logs': ({ slug }) => recordBody('api_request', { 'session.id': `matrix-${slug}` }),
  '/v1/metrics': ({ slug }) =>
    metricsBody([
      ['claude_code.token.usage', 5, { 'session.id': `matrix-${slug}`, type: 'input' }],
    ]),
}

export function addressOf({ path }: RuledRoute, sample: Sample): string {
  const address = ADDRESSES[path]
  if (address) return address(sample)
  if (!path.includes(':')) return path
  throw new Error(`${path} has no address in test-samples.ts`)
}

export function bodyOf({ path }: RuledRoute, sample: Sample): object {
  return BODIES[path]?.(sample) ?? {}
}

function hook(slug: string): object {
  return { session_id: `matrix-${slug}`, hook_event_name: 'SessionStart', cwd: `/srv/${slug}` }
}
