import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { projectRights } from '../access/project-rights'
import { scopeOf } from '../access/visitor'
import { NotFound } from '../errors/app-error'
import { parseId } from '../filter/values'
import { ProjectAdmin } from '../fleet/project-admin'
import { type ListedProject, listProjects } from '../fleet/project-list'
import type { RightsChange } from '../fleet/project-rights'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { readJsonBody } from '../http/json-body'
import type { Services } from '../http/services'

export const PROJECT_NAME = z
  .string()
  .trim()
  .min(1, 'has to have a character')
  .max(100, 'may have at most 100 characters')
const change = z
  .strictObject({ name: PROJECT_NAME.optional(), archived: z.boolean().optional() })
  // Each is a change, and a row of the log, of its own.
  .refine(({ name, archived }) => (name === undefined) !== (archived === undefined), {
    message: 'has to say either name or archived',
  })
const merger = z.strictObject({ into: z.int().positive() })

/** The projects, and what those who decide about them can do. */
export function projectRoutes({ db }: Services): Hono<Env> {
  const app = new Hono<Env>()
  const admin = new ProjectAdmin(db, projectRights)
  app.get('/api/projects', requires('read'), async (c) => {
    const projects = await listProjects(db, scopeOf(c.get('visitor')))
    return c.json({ projects: projects.map(toJson) })
  })
  app.patch('/api/projects/:id', requires('admin'), async (c) => {
    const { id, actor } = target(c)
    const { name, archived } = await readJsonBody(c.env.incoming, change)
    if (name !== undefined) found(await admin.rename(id, name, actor), c)
    if (archived === true) found(await admin.archive(id, actor), c)
    if (archived === false) found(await admin.restore(id, actor), c)
    return c.body(null, 204)
  })
  app.post('/api/projects/:id/merge', requires('admin'), async (c) => {
    const { id, actor } = target(c)
    const { into } = await readJsonBody(c.env.incoming, merger)
    const changes = await admin.merge(id, into, { actorId: actor })
    found(changes !== null, c)
    return c.json({ rights_changed: (changes ?? []).map(rightsToJson) })
  })
  app.delete('/api/projects/:id', requires('admin'), async (c) => {
    const { id, actor } = target(c)
    found(await admin.remove(id, actor), c)
    return c.body(null, 204)
  })
  return app
}

/** Throws NotFound for what is no project's number. */
export function target(c: Context<Env>): { id: number; actor: string } {
  const id = parseId(c.req.param('id') ?? '')
  found(id !== null, c)
  return { id: id ?? 0, actor: c.get('visitor').actor }
}

export function found(isThere: boolean, c: Context<Env>): void {
  if (isThere) return
  throw new NotFound(`There is no project “${(c.req.param('id') ?? '').slice(0, 100)}”`)
}

function rightsToJson({ type, id, name, projectIdsBefore, projectIdsAfter }: RightsChange) {
  return {
    type,
    id,
    name,
    project_ids_before: projectIdsBefore,
    project_ids_after: projectIdsAfter,
  }
}

function toJson(project: ListedProject) {
  return {
    id: project.id,
    slug: project.slug,
    name: project.name,
    host: project.host,
    path: project.path,
    created_at: project.createdAt.toISOString(),
    archived_at: project.archivedAt?.toISOString() ?? null,
    merged_into: project.mergedInto,
    sessions: project.sessions,
    heard_at: project.lastSeenAt?.toISOString() ?? null,
  }
}
