import { type Context, Hono } from 'hono'
import { MergePage } from '../../../views/settings/merge'
import { type ProjectFault, ProjectsPage } from '../../../views/settings/projects'
import { projectRights } from '../../access/project-rights'
import { hashOf } from '../../access/secret'
import { scopeOf } from '../../access/visitor'
import { BadInput } from '../../errors/app-error'
import { parseId } from '../../filter/values'
import { ProjectAdmin } from '../../fleet/project-admin'
import { findProjects, listProjects } from '../../fleet/project-list'
import { type RightsChange, RightsNotAgreed } from '../../fleet/project-rights'
import { requires } from '../../http/access-policy'
import type { Env } from '../../http/env'
import { queryOf } from '../../http/event-query'
import { readForm } from '../../http/form'
import { parseName } from '../../http/parse-name'
import type { Services } from '../../http/services'
import { found, PROJECT_NAME, target } from '../projects'
import { faultOf, settingsFrame, settingsPage } from './settings-page'

const HERE = '/settings/projects'

type Change = (id: number, actor: string, fields: URLSearchParams) => Promise<boolean>

/** Projects are renamed, archived, merged and removed by administrators. */
export function projectSettingsRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get(HERE, requires('admin'), async (c) => settingsPage(c, await page(c, services, null)))
  for (const [name, change] of Object.entries(changes(services))) {
    app.post(`${HERE}/:id/${name}`, requires('admin'), (c) => submit(c, services, change))
  }
  return app
}

function changes(services: Services): Record<string, Change> {
  const admin = new ProjectAdmin(services.db, projectRights)
  return {
    rename: (id, actor, fields) => admin.rename(id, nameOf(fields), actor),
    archive: (id, actor) => admin.archive(id, actor),
    restore: (id, actor) => admin.restore(id, actor),
    merge: (id, actor, fields) => merge(admin, services, { id, actor, fields }),
    remove: async (id, actor, fields) => {
      await requireName(services, id, fields.get('confirm') ?? '')
      return admin.remove(id, actor)
    },
  }
}

/** Merges if it changes no rights, or if just these changes were shown before. */
async function merge(
  admin: ProjectAdmin,
  services: Services,
  { id, actor, fields }: { id: number; actor: string; fields: URLSearchParams },
): Promise<boolean> {
  const intoId = targetOf(id, fields, services)
  const isAgreed = (changes: readonly RightsChange[]) =>
    changes.length === 0 || fields.get('agreed') === fingerprint(changes)
  return (await admin.merge(id, intoId, { actorId: actor, isAgreed })) !== null
}

/** Equal for equal changes. */
function fingerprint(changes: readonly RightsChange[]): string {
  return hashOf(JSON.stringify(changes))
}

async function submit(c: Context<Env>, services: Services, change: Change): Promise<Response> {
  const { id, actor } = target(c)
  const fields = await readForm(c.env.incoming)
  try {
    found(await change(id, actor, fields), c)
    return c.redirect(HERE, 303)
  } catch (error) {
    if (error instanceof RightsNotAgreed) return confirmation(c, services, { id, ...error })
    if (error instanceof BadInput && error.field === null) {
      const fault = { id, field: 'into', message: error.message }
      return settingsPage(c, await page(c, services, fault), 400)
    }
    return settingsPage(c, await page(c, services, { id, ...faultOf(error) }), 400)
  }
}

async function page(c: Context<Env>, services: Services, fault: ProjectFault | null) {
  const text = parseName(queryOf(c.env.incoming).get('q') ?? '')
  const scope = scopeOf(c.get('visitor'))
  const found = await findProjects(services.db, scope, { text, also: fault?.id ?? null })
  return <ProjectsPage {...settingsFrame(c, services)} model={{ ...found, text, fault }} />
}

async function confirmation(
  c: Context<Env>,
  services: Services,
  { id, intoId, changes }: { id: number; intoId: number; changes: readonly RightsChange[] },
): Promise<Response> {
  const named = changes.flatMap((one) => [...one.projectIdsBefore, ...one.projectIdsAfter])
  const scope = { projectIds: [...new Set([id, intoId, ...named])], seesAccess: true }
  const projects = await listProjects(services.db, scope)
  const nameOf = (projectId: number) =>
    projects.find((project) => project.id === projectId)?.name ?? `project ${projectId}`
  const model = {
    from: { id, name: nameOf(id) },
    into: { id: intoId, name: nameOf(intoId) },
    changes: changes.map((change) => ({
      ...change,
      before: change.projectIdsBefore.map(nameOf),
      more: change.projectIdsAfter
        .filter((projectId) => !change.projectIdsBefore.includes(projectId))
        .map(nameOf),
    })),
    agreed: fingerprint(changes),
  }
  return settingsPage(c, <MergePage {...settingsFrame(c, services)} model={model} />)
}

function nameOf(fields: URLSearchParams): string {
  const name = PROJECT_NAME.safeParse(fields.get('name') ?? '')
  if (name.success) return name.data
  throw new BadInput('name', `It ${name.error.issues[0]?.message}`)
}

/** The project is named by its number, or by its short name. */
function targetOf(id: number, fields: URLSearchParams, { roster }: Services): number {
  const given = (fields.get('into') ?? '').trim()
  const into = parseId(given) ?? roster.projectBySlug(given)?.id
  if (into === undefined) throw new BadInput('into', 'Choose the project to merge it into')
  if (into === id) throw new BadInput('into', 'A project cannot be merged into itself')
  return into
}

/** What cannot be undone is asked for twice. */
async function requireName({ db }: Services, id: number, given: string): Promise<void> {
  const [project] = await listProjects(db, { projectIds: [id], seesAccess: true })
  if (project && project.name !== given.trim()) {
    throw new BadInput('confirm', `Write its name as it stands here: ${project.name}`)
  }
}
