import { type Context, Hono } from 'hono'
import { LoginPage } from '../../views/login'
import { TooManyRequests } from '../access/errors'
import type { Env } from './env'
import { queryOf } from './events'
import { readForm } from './form'
import { parseNext } from './next'
import { document, pageFrame } from './pages'
import { rule } from './rule'
import type { Services } from './services'

/** How a browser shows the token, and how it is forgotten again. */
export function loginRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/login', rule('public'), (c) => {
    const next = parseNext(queryOf(c.env.incoming).get('next'))
    if (services.config.token === null) return c.redirect(next, 303)
    return form(c, services, { next })
  })
  app.post('/login', rule('public'), (c) => logIn(c, services))
  app.post('/logout', rule('form'), (c) => logOut(c, services))
  return app
}

async function logIn(c: Context<Env>, services: Services): Promise<Response> {
  const fields = await readForm(c.env.incoming)
  const next = parseNext(fields.get('next'))
  if (services.config.token === null) return c.redirect(next, 303)
  try {
    const cookie = await services.access.logIn(fields.get('token')?.trim() ?? '', c.env.incoming)
    if (cookie === null) return form(c, services, { next, fault: 'That is not the token.' }, 401)
    c.header('Set-Cookie', cookie)
    c.header('Cache-Control', 'no-store')
    return c.redirect(next, 303)
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error
    c.header('Retry-After', String(error.retryAfterSeconds))
    return form(c, services, { next, fault: `${error.message}.` }, 429)
  }
}

async function logOut(c: Context<Env>, { access, connections }: Services): Promise<Response> {
  const visitor = c.get('visitor')
  c.header('Cache-Control', 'no-store')
  if (visitor.kind !== 'person') return c.redirect('/', 303)
  c.header('Set-Cookie', await access.logOut(visitor.session, c.env.incoming))
  // Other processes hear of it within two seconds.
  connections.endSession(visitor.session.id)
  return c.redirect('/login', 303)
}

function form(
  c: Context<Env>,
  services: Services,
  model: { next: string; fault?: string },
  status: 200 | 401 | 429 = 200,
): Response {
  if (status === 401) c.header('WWW-Authenticate', 'Bearer')
  const page = <LoginPage login={model} frame={pageFrame(c, services, null)} />
  return c.body(document(page), status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
  })
}
