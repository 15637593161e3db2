import type { Filter } from '../../src/filter/filter'
import type { Project } from '../../src/fleet/agent'
import type { Counts, ProjectSection as Section } from '../../src/fleet/board'
import type { ProjectHealth } from '../../src/fleet/card'
import { group, type PageRegion, region } from '../region'
import { pageUrl, projectUrl } from '../urls'
import { cardRegion } from './agent-card'
import { cutEnd } from './cut'
import { wholeNumber } from './figures'
import { Icon } from './icon'
import { Time } from './time'

const LIGHT_WORDS: Record<ProjectHealth, string> = {
  red: 'Needs attention',
  yellow: 'Working',
  green: 'Quiet',
}

/** The page that the section is on. */
interface SectionPage {
  readonly filter: Filter
  readonly path: string
}

interface Kept {
  readonly section: Section
  readonly region: PageRegion
}

// By what the page is called: several pages show the same project.
const kept = new WeakMap<Project, Map<string, Kept>>()
const MAX_KEPT = 8

/** A project with its sessions, the same region for as long as the section has not changed. */
export function projectRegion(section: Section, page: SectionPage): PageRegion {
  const name = pageUrl(page.path, page.filter)
  const pages = kept.get(section.project) ?? new Map<string, Kept>()
  const old = pages.get(name)
  if (old && isSame(old.section, section)) return old.region
  const region = renderSection(section, page)
  if (pages.size >= MAX_KEPT) pages.clear()
  kept.set(section.project, pages.set(name, { section, region }))
  return region
}

function isSame(a: Section, b: Section): boolean {
  return (
    a.light === b.light &&
    a.total === b.total &&
    a.lastSeenAt?.getTime() === b.lastSeenAt?.getTime() &&
    countWords(a.counts) === countWords(b.counts) &&
    a.sessions.length === b.sessions.length &&
    a.sessions.every((session, i) => cardRegion(session) === cardAt(b, i))
  )
}

function cardAt({ sessions }: Section, index: number): PageRegion | null {
  const session = sessions[index]
  return session ? cardRegion(session) : null
}

function renderSection(section: Section, page: SectionPage): PageRegion {
  const { project, sessions } = section
  const id = `project-${project.id}`
  const cards = group(`${id}-agents`, sessions.map(cardRegion), (parts) => (
    <ul class="cards" data-settle="">
      {parts.map((card) => (
        <li>{card}</li>
      ))}
    </ul>
  ))
  const parts = [headRegion(section), cards, moreRegion(section, page)]
  return group(id, parts, (content) => (
    <section class="project" aria-labelledby={`${id}-name`} data-project-id={project.id}>
      {content}
    </section>
  ))
}

function headRegion(section: Section): PageRegion {
  const { project, light, lastSeenAt } = section
  return region(
    `project-${project.id}-head`,
    <header class="project-head">
      <span class="light" data-light={light}>
        <Icon name={light} />
        <span class="sr">{LIGHT_WORDS[light]}</span>
      </span>
      <h2 id={`project-${project.id}-name`} class="project-name">
        <a href={projectUrl(project)} dir="auto">
          {cutEnd(project.name, 200)}
        </a>
      </h2>
      {project.isDemo ? <span class="demo-mark">Demo</span> : null}
      <span class="project-path" dir="auto">
        {projectPlace(project)}
      </span>
      <span class="project-counts" data-tint="">
        {countWords(section.counts)}
      </span>
      <span class="project-heard">
        {lastSeenAt ? (
          <>
            <span class="sr">last activity </span>
            <Time at={lastSeenAt} as="relative" />
          </>
        ) : null}
      </span>
    </header>,
  )
}

/** What the page does not show of the project leads to its own page, which leads through all of it. */
function moreRegion({ project, sessions, total }: Section, page: SectionPage): PageRegion {
  const id = `project-${project.id}-more`
  const more = total - sessions.length
  const path = projectUrl(project)
  // Its own page says below the section how it goes on.
  if (more <= 0 || page.path === path) return region(id, <p hidden />)
  return region(
    id,
    <p class="project-more">
      <a href={pageUrl(path, { ...page.filter, projects: [] })}>
        and {wholeNumber(more)} more<span class="sr"> of {cutEnd(project.name, 80)}</span>
      </a>
    </p>,
  )
}

function projectPlace({ host, path }: Project): string {
  return [host, path].filter((part) => part).join(':')
}

function countWords({ awaiting, working, idle }: Counts): string {
  return [
    awaiting > 0 ? `${awaiting} waiting` : null,
    working > 0 ? `${working} working` : null,
    idle > 0 ? `${idle} idle` : null,
  ]
    .filter((part) => part !== null)
    .join(' · ')
}
