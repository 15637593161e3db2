import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { BadInput, NotFound } from '../errors/app-error'
import { parseId } from '../filter/values'
import { findProject } from '../fleet/project-list'
import { SessionAdmin } from '../fleet/session-admin'
import { changeSilent, MAX_SILENT_DAYS, type SilentAction } from '../fleet/silent-sessions'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { readJsonBody } from '../http/json-body'
import type { Services } from '../http/services'

const change = z.strictObject({ archived: z.boolean() })
const silence = z.strictObject({
  older_than_days: z.int().min(1).max(MAX_SILENT_DAYS),
  project_id: z.int().positive().optional(),
})

/** What those who decide about others can do about sessions. */
export function sessionRoutes({ writing, db }: Services): Hono<Env> {
  const app = new Hono<Env>()
  const admin = new SessionAdmin(writing)
  app.patch('/api/agents/:id', requires('admin'), async (c) => {
    const { id, actor } = sessionTarget(c)
    const { archived } = await readJsonBody(c.env.incoming, change)
    requireFound(await (archived ? admin.archive(id, actor) : admin.restore(id, actor)), c)
    return c.body(null, 204)
  })
  app.delete('/api/agents/:id', requires('admin'), async (c) => {
    const { id, actor } = sessionTarget(c)
    requireFound(await admin.remove(id, actor), c)
    return c.body(null, 204)
  })
  const all = (action: SilentAction) => async (c: Context<Env>) => {
    const body = await readJsonBody(c.env.incoming, silence)
    const { older_than_days: days, project_id: asked } = body
    const project = asked === undefined ? null : await findProject(db, { id: asked })
    if (asked !== undefined && !project) {
      throw new BadInput('project_id', `There is no project ${asked}`)
    }
    const projectId = project?.id ?? null
    const { done, left } = await changeSilent(
      writing,
      action,
      { projectId, days },
      c.get('visitor').actor,
    )
    return c.json({ [action === 'archive' ? 'archived' : 'removed']: done, left })
  }
  app.post('/api/agents/archive', requires('admin'), all('archive'))
  app.post('/api/agents/remove', requires('admin'), all('remove'))
  return app
}

/** Throws NotFound for what is no session's number. */
export function sessionTarget(c: Context<Env>): { id: number; actor: string } {
  const id = parseId(c.req.param('id') ?? '')
  requireFound(id !== null, c)
  return { id: id ?? 0, actor: c.get('visitor').actor }
}

export function requireFound(isThere: boolean, c: Context<Env>): void {
  if (isThere) return
  throw new NotFound(`There is no session ${(c.req.param('id') ?? '').slice(0, 100)}`)
}
