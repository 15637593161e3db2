import { type Context, Hono } from 'hono'
import { ErrorPage } from '../views/error'
import { Busy } from './concurrency/fair-semaphore'
import { databaseFault, isConnectTimeout } from './db/errors'
import { AppError } from './errors/app-error'
import { DatabaseUnavailable } from './fleet/recorder'
import { authenticate } from './http/authenticate'
import { checkOrigin } from './http/check-origin'
import type { Env } from './http/env'
import { HTML_HEADERS } from './http/html'
import { loginAddress } from './http/login-redirect'
import { ownerCookie } from './http/owner-cookie'
import { isPagePath } from './http/paths'
import { acknowledge } from './http/read-your-writes'
import { requestLog } from './http/request-log'
import type { Services } from './http/services'
import { isOfV2, v2Body } from './http/v2-error'
import { assetRoutes } from './routes/assets'
import { choiceRoutes } from './routes/choices'
import { configurationRoutes } from './routes/configurations'
import { connectionRoutes } from './routes/connections'
import { debateFormRoutes } from './routes/debate-forms'
import { debateStreamRoutes } from './routes/debate-stream'
import { debateRoutes } from './routes/debates'
import { demoRoutes } from './routes/demo'
import { eventRoutes } from './routes/events'
import { healthRoutes } from './routes/health'
import { hookRoutes } from './routes/hooks'
import { liveRoutes } from './routes/live'
import { loginRoutes } from './routes/login'
import { metricStreamRoutes } from './routes/metric-streams'
import { otlpRoutes } from './routes/otlp'
import { document, pageFrame, pageRoutes } from './routes/pages'
import { projectRoutes } from './routes/projects'
import { prometheusRoutes } from './routes/prometheus'
import { seenRoutes } from './routes/seen'
import { sessionRoutes } from './routes/sessions'
import { accountSettingsRoutes } from './routes/settings/account'
import { connectionSettingsRoutes } from './routes/settings/connections'
import { peopleSettingsRoutes } from './routes/settings/people'
import { projectSettingsRoutes } from './routes/settings/projects'
import { sessionSettingsRoutes } from './routes/settings/sessions'
import { tokenSettingsRoutes } from './routes/settings/tokens'
import { viewRoutes } from './routes/views'

/** All of Muster over HTTP. */
export function createApp(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.use(requestLog(services))
  app.use(checkOrigin(services))
  app.use(authenticate(services))
  app.use(ownerCookie())
  app.use(acknowledge(services))
  app.route('/', healthRoutes(services))
  app.route('/', prometheusRoutes(services))
  app.route('/', loginRoutes(services))
  app.route('/', assetRoutes(services))
  app.route('/', hookRoutes(services))
  app.route('/', otlpRoutes(services))
  app.route('/', eventRoutes(services))
  app.route('/', liveRoutes(services))
  app.route('/', metricStreamRoutes(services))
  app.route('/', configurationRoutes(services))
  app.route('/', debateRoutes(services))
  app.route('/', debateStreamRoutes(services))
  app.route('/', debateFormRoutes(services))
  app.route('/', demoRoutes(services))
  app.route('/', seenRoutes(services))
  app.route('/', projectRoutes(services))
  app.route('/', projectSettingsRoutes(services))
  app.route('/', sessionRoutes(services))
  app.route('/', sessionSettingsRoutes(services))
  app.route('/', viewRoutes(services))
  app.route('/', choiceRoutes(services))
  app.route('/', pageRoutes(services))
  app.route('/', accountSettingsRoutes(services))
  app.route('/', peopleSettingsRoutes(services))
  app.route('/', tokenSettingsRoutes(services))
  app.route('/', connectionRoutes(services))
  app.route('/', connectionSettingsRoutes(services))
  app.notFound((c) =>
    answer(c, services, { status: 404, message: `There is no ${c.req.path.slice(0, 200)}` }),
  )
  app.onError((error, c) => answer(c, services, faultOf(error, c.get('requestId'), services)))
  return app
}

/** What a request is answered with that failed. */
interface Fault extends Partial<AppError> {
  readonly status: AppError['status']
  readonly message: string
  /** Under which the log has the details. */
  readonly id?: string
}

/** Errors of the domain say how they are answered; the rest is the database's, or a defect. */
function faultOf(error: Error, id: string, services: Services): Fault {
  if (error instanceof AppError) return error
  const { log } = services
  // A disk that is full and a lock that is held can look like anything.
  services.troubleWatch.note(error)
  const busy = busyOf(error, services)
  if (busy) return { status: 503, message: busy.message, retryAfter: busy.retryAfterSeconds }
  const isNoDatabase = ['away', 'conflict'].includes(databaseFault(error))
  if (error instanceof DatabaseUnavailable || error instanceof Busy || isNoDatabase) {
    log.warn({ request: id, err: error }, 'no database for a request')
    return { status: 503, message: reasonOf(error, services), retryAfter: 2, id }
  }
  log.error({ request: id, err: error }, 'a request failed')
  return { status: 500, message: 'Something went wrong inside Muster', id }
}

/** Why the database takes nothing, as far as that is known. */
function reasonOf(error: Error, { troubleWatch: { trouble } }: Services): string {
  if (trouble) return `${trouble.message}; try again`
  if (error instanceof DatabaseUnavailable) return error.message
  return databaseFault(error) === 'conflict'
    ? 'Another transaction of the database is in the way; try again'
    : 'The database cannot be reached; try again'
}

/** Null where it is no lack of room. A wait for an unavailable database is answered as that instead. */
function busyOf(error: Error, { tail, troubleWatch }: Services): Busy | null {
  if (!tail.isAvailable || troubleWatch.trouble) return null
  if (error instanceof Busy) return error
  const reason = error instanceof DatabaseUnavailable ? error.cause : error
  return isConnectTimeout(reason) ? new Busy() : null
}

function answer(c: Context<Env>, services: Services, fault: Fault): Response {
  c.header('Cache-Control', 'no-store')
  if (fault.retryAfter !== undefined) c.header('Retry-After', String(fault.retryAfter))
  // What was not read of a refused body would be taken for the next request.
  if (!c.env.incoming.complete) c.header('Connection', 'close')
  if (fault.status === 401) {
    if (!isForPrograms(c)) return c.redirect(loginAddress(pathToRead(c)), 303)
    c.header('WWW-Authenticate', 'Bearer')
  }
  if (isOfV2(c)) return c.json(v2Body(c, fault), fault.status)
  if (isForPrograms(c)) {
    const { message: error, field, index, id, details } = fault
    return c.json(
      {
        error,
        ...(field && { field }),
        ...(index != null && { index }),
        ...(id && { id }),
        ...details,
      },
      fault.status,
    )
  }
  const error = {
    status: fault.status,
    title: fault.message,
    advice: fault.advice ?? adviceFor(fault),
    id: fault.id ?? null,
  }
  const page = <ErrorPage error={error} frame={pageFrame(c, services)} />
  return c.body(document(page), fault.status, HTML_HEADERS)
}

function isForPrograms(c: Context<Env>): boolean {
  const isPage = (c.req.header('accept') ?? '').includes('text/html')
  return !isPage || !isPagePath(c.req.path)
}

/** What was sent by a form has no page of its own to come back to. */
function pathToRead(c: Context<Env>): string {
  return c.req.method === 'GET' ? (c.env.incoming.url ?? '/') : '/'
}

function adviceFor({ status }: Fault): string {
  if (status === 404) return 'It may have been removed, or the address is mistyped.'
  if (status === 429) return 'Wait a moment and try again.'
  if (status === 403) return 'Open Muster by the address that it printed when it started.'
  if (status === 409) return 'Go back and choose another.'
  if (status === 400) return 'Correct the address, or start again from the board.'
  if (status === 503) return 'Wait a moment and load the page again.'
  return 'Load the page again; if it stays, the log says more.'
}
