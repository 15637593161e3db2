import { type Context, Hono } from 'hono'
import { type ProjectFault, ProjectSettingsPage } from '../../views/project-settings'
import { scopeOf } from '../access/visitor'
import { BadFilter, parseId } from '../fleet/page-filter'
import { BadProjectChange, ProjectAdmin } from '../fleet/project-admin'
import { listProjects } from '../fleet/project-list'
import type { Env } from './env'
import { readForm } from './form'
import { parseBy } from './json-body'
import { document, pageFrame } from './pages'
import { found, PROJECT_NAME, target } from './projects'
import { rule } from './rule'
import type { Services } from './services'

const PATH = '/settings/projects'

/** The page on which projects are renamed, put away, merged and removed; works without JavaScript. */
export function projectSettingsRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  const admin = new ProjectAdmin(services.db)
  app.get(PATH, rule('admin'), (c) => show(c, services, null))
  const forms: Record<string, FormAction> = {
    rename: (id, actor, fields) =>
      admin.rename(id, parseBy(PROJECT_NAME, fields.get('name') ?? ''), actor),
    archive: (id, actor) => admin.archive(id, actor),
    restore: (id, actor) => admin.restore(id, actor),
    merge: (id, actor, fields) => admin.merge(id, intoOf(fields), actor),
    remove: async (id, actor, fields) => {
      await requireName(services, id, fields.get('name') ?? '')
      return admin.remove(id, actor)
    },
  }
  for (const [name, act] of Object.entries(forms)) {
    app.post(`${PATH}/:id/${name}`, rule('admin'), async (c) => {
      const { id, actor } = target(c)
      const fields = await readForm(c.env.incoming)
      try {
        found(await act(id, actor, fields), c)
      } catch (error) {
        if (!(error instanceof BadProjectChange || error instanceof BadFilter)) throw error
        return show(c, services, { id, text: error.message })
      }
      return c.redirect(PATH, 303)
    })
  }
  return app
}

type FormAction = (id: number, actor: string, fields: URLSearchParams) => Promise<boolean>

async function show(c: Context<Env>, services: Services, fault: ProjectFault | null) {
  const projects = await listProjects(services.db, scopeOf(c.get('visitor')))
  const page = (
    <ProjectSettingsPage projects={projects} fault={fault} frame={pageFrame(c, services, null)} />
  )
  return c.body(document(page), fault ? 400 : 200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
  })
}

function intoOf(fields: URLSearchParams): number {
  const into = parseId(fields.get('into') ?? '')
  if (into === null) throw new BadProjectChange('Choose the project to merge it into')
  return into
}

/** What cannot be undone is asked for twice. */
async function requireName({ db }: Services, id: number, given: string): Promise<void> {
  const [project] = await listProjects(db, { projectIds: [id], seesAccess: true })
  if (project && project.name !== given.trim()) {
    throw new BadProjectChange(`To remove it, write its name as it stands here: ${project.name}`)
  }
}
