import type { RoutePolicy } from '../../src/http/access-policy'
import type { TestMuster } from './muster'
import { metricsBody, recordBody } from './otlp'

/** One project of a test, and what is in it. */
export interface Sample {
  readonly slug: string
  readonly projectId: number
  readonly agentId: number
  readonly eventId: number
  readonly debateId: string
}

/** What is removed for good must not be the sample: no project and no session has this number. */
const UNUSED_ID = 999_999_999
const SIDES = { pro: { position: 'Yes' }, con: { position: 'No' } }
const NOBODY = '00000000-0000-4000-8000-000000000000'

/**
 * An address for every route that has a parameter or needs a query. Whoever adds such a route adds it
 * here, and the tests of access cover it. What is about one project leads to the sample's.
 */
const ADDRESSES: Readonly<Record<string, (sample: Sample) => string>> = {
  ...Object.fromEntries(
    [
      '',
      '/complete',
      '/interventions',
      '/pause',
      '/phase',
      '/resume',
      '/stream',
      '/transcript',
      '/utterances',
    ].map((part) => [
      `/api/debates/:debateId${part}`,
      ({ debateId }: Sample) => `/api/debates/${debateId}${part}`,
    ]),
  ),
  '/api/debates/:debateId/interventions/:interventionId/response': ({ debateId }) =>
    `/api/debates/${debateId}/interventions/${NOBODY}/response`,
  ...Object.fromEntries(
    ['', '/interventions', '/pause', '/resume'].map((part) => [
      `/debates/:debateId${part}`,
      ({ debateId }: Sample) => `/debates/${debateId}${part}`,
    ]),
  ),
  '/agents/:id': ({ agentId }) => `/agents/${agentId}`,
  '/agents/:id/seen': ({ agentId }) => `/agents/${agentId}/seen`,
  '/api/agents/:id': () => `/api/agents/${UNUSED_ID}`,
  '/api/connections/:id': () => `/api/connections/${NOBODY}`,
  '/api/projects/:id': () => `/api/projects/${UNUSED_ID}`,
  '/api/projects/:id/merge': () => `/api/projects/${UNUSED_ID}/merge`,
  '/api/v2/configurations/:id': () => `/api/v2/configurations/${NOBODY}`,
  '/api/v2/configurations/:id/stream': () => `/api/v2/configurations/${NOBODY}/stream`,
  '/assets/:name': () => '/assets/muster.css',
  '/events/:id': ({ eventId }) => `/events/${eventId}`,
  '/live': () => '/live?topic=board',
  '/projects/:slug': ({ slug }) => `/projects/${slug}`,
  '/settings/connections/:id/end': () => `/settings/connections/${NOBODY}/end`,
  '/settings/people/:user': () => '/settings/people/nobody',
  '/settings/people/:user/delete': () => '/settings/people/nobody/delete',
  '/settings/people/:user/password': () => '/settings/people/nobody/password',
  ...Object.fromEntries(
    ['archive', 'merge', 'remove', 'rename', 'restore'].map((change) => [
      `/settings/projects/:id/${change}`,
      () => `/settings/projects/${UNUSED_ID}/${change}`,
    ]),
  ),
  ...Object.fromEntries(
    ['archive', 'remove', 'restore'].map((change) => [
      `/settings/sessions/:id/${change}`,
      () => `/settings/sessions/${UNUSED_ID}/${change}`,
    ]),
  ),
  '/settings/sessions/silent': () => '/settings/sessions/silent?do=archive&days=3650',
  '/settings/tokens/:id/revoke': () => `/settings/tokens/${NOBODY}/revoke`,
  '/views/:id': () => `/views/${NOBODY}`,
  '/views/:id/delete': () => `/views/${NOBODY}/delete`,
  '/views/:id/edit': () => `/views/${NOBODY}/edit`,
}

/** What programs send to a route, about the sample's project; for others an empty object. */
const BODIES: Readonly<Record<string, (sample: Sample) => object>> = {
  '/api/debates': ({ slug }) => ({ project: slug, title: 'Anything', sides: SIDES }),
  '/api/debates/:debateId/interventions': () => ({ type: 'comment', content: 'Anything' }),
  '/api/debates/:debateId/interventions/:interventionId/response': () => ({
    speaker: 'pro',
    response: 'Anything',
  }),
  '/api/debates/:debateId/phase': () => ({ phase: 'phase_2_constructive' }),
  '/api/debates/:debateId/utterances': () => ({ speaker: 'pro', content: 'Anything' }),
  '/api/events': ({ slug }) => ({ type: 'noted', project: slug }),
  '/debates/:debateId/interventions': () => ({ type: 'comment', content: 'Anything' }),
  '/hooks/claude-code': ({ slug }) => hook(slug),
  '/hooks/codex': ({ slug }) => hook(slug),
  '/settings/sessions/silent': () => ({ do: 'archive', days: '3650' }),
  '/v1/logs': ({ slug }) => recordBody('api_request', { 'session.id': `matrix-${slug}` }),
  '/v1/metrics': ({ slug }) =>
    metricsBody([
      ['claude_code.token.usage', 5, { 'session.id': `matrix-${slug}`, type: 'input' }],
    ]),
}

export function addressOf({ path }: RoutePolicy, sample: Sample): string {
  const address = ADDRESSES[path]
  if (address) return address(sample)
  if (!path.includes(':')) return path
  throw new Error(`${path} has no address in test/support/route-samples.ts`)
}

export function bodyOf({ path }: RoutePolicy, sample: Sample): object {
  return BODIES[path]?.(sample) ?? {}
}

function hook(slug: string): object {
  return { session_id: `matrix-${slug}`, hook_event_name: 'SessionStart', cwd: `/srv/${slug}` }
}

/** Begins a debate in the project, in which this text was said; returns its id. */
export async function beginDebate(
  muster: Pick<TestMuster, 'fetch'>,
  project: string,
  text: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const response = await muster.fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`)
    return (await response.json()) as { id: string }
  }
  const { id } = await post('/api/debates', { project, title: text, sides: SIDES })
  await post(`/api/debates/${id}/utterances`, { speaker: 'pro', content: text })
  return id
}
