import { NotFound } from '../../errors/app-error'
import type { Filter } from '../../filter/filter'
import type { Project } from '../../fleet/agent'
import type { Board } from '../../fleet/board'
import type { BoardPlace } from '../../fleet/board-place'
import { PROJECT_LIMITS } from '../../fleet/cut-board'
import { BoardState } from '../board/state'
import type { PageData, PageState } from '../page-state'

/** The board of one project; its filter is what the page is narrowed to beside the project. */
export interface ProjectModel {
  readonly project: Project
  readonly board: Board
}

export class ProjectState implements PageState<ProjectModel> {
  private readonly board: BoardState

  constructor(
    private readonly slug: string,
    { filter, place }: { filter: Filter; place: BoardPlace | null },
    private readonly data: PageData,
  ) {
    const part = { filter: { ...filter, projects: [slug] }, place, limits: PROJECT_LIMITS }
    this.board = new BoardState(data, part)
  }

  get minUpdateIntervalMs() {
    return this.board.minUpdateIntervalMs
  }

  /** Throws NotFound for an unknown project. */
  async load(through: number): Promise<void> {
    await this.data.roster.ensureProject(this.slug)
    this.project()
    await this.board.load(through)
  }

  concerns: BoardState['concerns'] = (row) => this.board.concerns(row)
  bypassesScope: BoardState['bypassesScope'] = (row) => this.board.bypassesScope(row)
  update: BoardState['update'] = (rows) => this.board.update(rows)

  model(): ProjectModel {
    const board = this.board.model()
    // The address says the project already; in the query it would be said twice.
    const filter = { ...board.filter, projects: [] }
    return { project: this.project(), board: { ...board, filter } }
  }

  private project(): Project {
    const project = this.data.roster.projectBySlug(this.slug)
    if (!project) throw new NotFound(`There is no project “${this.slug}”`)
    return project
  }
}
