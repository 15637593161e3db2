import type { PageFrame } from '../../views/layout'
import { ProjectPage as ProjectView, projectRegions } from '../../views/project'
import { NotFound } from '../errors/app-error'
import { PROJECT_LIMITS } from '../fleet/cut-board'
import { BoardPage } from './board'
import type { PageData } from './page-data'
import type { Topic } from './topic'

/** The board of one project. */
export class ProjectPage extends BoardPage {
  private readonly slug: string

  constructor(topic: Topic & { page: 'project' }, data: PageData) {
    const filter = { ...topic.filter, projects: [topic.slug] }
    super(topic, data, { filter, place: topic.place, limits: PROJECT_LIMITS })
    this.slug = topic.slug
  }

  /** Throws NotFound for a project that nobody has reported from. */
  override async load(through: number): Promise<void> {
    await this.data.roster.ensureProject(this.slug)
    this.project()
    await super.load(through)
  }

  override parts() {
    return projectRegions(this.model(), this.data.address)
  }

  override render(frame: PageFrame) {
    return <ProjectView model={this.model()} frame={frame} />
  }

  private model() {
    return { project: this.project(), board: this.board() }
  }

  private project() {
    const project = this.data.roster.projectBySlug(this.slug)
    if (!project) throw new NotFound(`There is no project “${this.slug}”`)
    return project
  }
}
