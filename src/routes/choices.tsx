import { Hono } from 'hono'
import { ChoiceOptions, ChoicesPage } from '../../views/choices'
import { toHtml } from '../../views/render'
import { scopeOf } from '../access/visitor'
import { BadInput } from '../errors/app-error'
import { CHOICE_FIELDS, type ChoiceField, findChoices } from '../fleet/choices'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { queryOf } from '../http/event-query'
import { parseName } from '../http/parse-name'
import type { Services } from '../http/services'
import { document, pageFrame } from './pages'

/**
 * What a field of a filter can be set to: options while a value is typed, and for a browser without
 * a script a page of links.
 */
export function choiceRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/choices', requires('read'), async (c) => {
    const query = queryOf(c.env.incoming)
    const field = fieldOf(query)
    // A field of a form is sent under its own name.
    const text = parseName(query.get('q') ?? query.get(field) ?? '')
    const choices = await findChoices(services.db, field, text, scopeOf(c.get('visitor')))
    c.header('Vary', 'HX-Request')
    if (c.req.header('hx-request')) return c.html(toHtml(<ChoiceOptions choices={choices} />))
    const frame = pageFrame(c, services)
    return c.html(document(<ChoicesPage model={{ field, text, choices }} frame={frame} />))
  })
  return app
}

/** Throws BadInput. */
function fieldOf(query: URLSearchParams): ChoiceField {
  const given = query.get('field')
  const field = CHOICE_FIELDS.find((known) => known === given)
  if (!field) throw new BadInput('field', `field has to be one of ${CHOICE_FIELDS.join(', ')}`)
  return field
}
