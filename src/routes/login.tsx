import { type Context, Hono } from 'hono'
import { type LoginModel, LoginPage } from '../../views/login'
import type { LoginOrigin, LoginOutcome } from '../access/logins'
import { Forbidden, TooManyRequests, Unauthorized } from '../errors/app-error'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { queryOf } from '../http/event-query'
import { readForm } from '../http/form'
import { HTML_HEADERS } from '../http/html'
import { safeRedirect } from '../http/login-redirect'
import type { Services } from '../http/services'
import { document, pageFrame } from './pages'

/** How a browser shows a token or a password, and how it is forgotten again. */
export function loginRoutes(services: Services): Hono<Env> {
  const { access } = services
  const app = new Hono<Env>()
  app.get('/login', requires('public'), async (c) => {
    const next = safeRedirect(queryOf(c.env.incoming).get('next'))
    if (access.isOpen || (await isLoggedIn(c, services))) return c.redirect(next, 303)
    return form(c, services, { next })
  })
  app.post('/login', requires('public'), (c) => login(c, services))
  app.post('/logout', requires('form'), (c) => logOut(c, services))
  app.post('/logout/everywhere', requires('form'), (c) => logOutEverywhere(c, services))
  return app
}

/** Whose rights have changed is led here by their streams, and need not show a password again. */
async function isLoggedIn(c: Context<Env>, { access }: Services): Promise<boolean> {
  try {
    return (await access.admit('read', c.env.incoming)).kind === 'person'
  } catch (error) {
    if (error instanceof Unauthorized || error instanceof Forbidden) return false
    throw error
  }
}

async function login(c: Context<Env>, services: Services): Promise<Response> {
  const { access } = services
  const { incoming } = c.env
  const fields = await readForm(incoming)
  const next = safeRedirect(fields.get('next'))
  if (access.isOpen) return c.redirect(next, 303)
  const login = fields.get('login') ?? ''
  try {
    const outcome = await tryFields(fields, services, access.placeOf(incoming))
    if (outcome.kind === 'in') {
      c.header('Set-Cookie', access.cookieFor(outcome.value, incoming))
      if (outcome.device) {
        const cookie = access.deviceCookieFor(outcome.device, incoming)
        c.header('Set-Cookie', cookie, { append: true })
      }
      c.header('Cache-Control', 'no-store')
      return c.redirect(next, 303)
    }
    if (outcome.kind === 'choose') {
      const fault = outcome.fault && `${outcome.fault}.`
      return form(c, services, { next, login, isChoice: true, fault }, fault ? 400 : 200)
    }
    const fault = fields.has('login')
      ? 'That name and that password do not belong together.'
      : 'That is not the token.'
    return form(c, services, { next, login, fault }, 401)
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error
    c.header('Retry-After', String(error.retryAfter))
    return form(c, services, { next, login, fault: `${error.message}.` }, 429)
  }
}

function tryFields(
  fields: URLSearchParams,
  { access: { logins: logIns } }: Services,
  place: LoginOrigin,
): Promise<LoginOutcome> {
  const login = fields.get('login')
  if (login === null) return logIns.withToken(fields.get('token')?.trim() ?? '', place.network)
  const password = fields.get('password') ?? ''
  return logIns.withPassword({ login, password, newPassword: fields.get('new_password') }, place)
}

async function logOut(c: Context<Env>, { access }: Services): Promise<Response> {
  const visitor = c.get('visitor')
  c.header('Cache-Control', 'no-store')
  if (visitor.kind !== 'person') return c.redirect('/', 303)
  c.header('Set-Cookie', await access.logOut(visitor.session, c.env.incoming))
  return c.redirect('/login', 303)
}

async function logOutEverywhere(c: Context<Env>, { access }: Services): Promise<Response> {
  const visitor = c.get('visitor')
  c.header('Cache-Control', 'no-store')
  if (visitor.kind !== 'person') return c.redirect('/', 303)
  await access.sessions.endAll(visitor.session.userId)
  c.header('Set-Cookie', await access.logOut(visitor.session, c.env.incoming))
  return c.redirect('/login', 303)
}

type Form = Omit<LoginModel, 'takesToken' | 'takesPassword'>

async function form(
  c: Context<Env>,
  services: Services,
  model: Form,
  status: 200 | 400 | 401 | 429 = 200,
): Promise<Response> {
  if (status === 401) c.header('WWW-Authenticate', 'Bearer')
  const { hasMusterToken, people } = services.access
  const login = {
    ...model,
    takesToken: hasMusterToken,
    takesPassword: !hasMusterToken || (await people.exist()),
  }
  const page = <LoginPage login={login} frame={pageFrame(c, services)} />
  return c.body(document(page), status, HTML_HEADERS)
}
