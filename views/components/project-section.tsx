import type { Child } from 'hono/jsx'
import type { Filter } from '../../src/filter/filter'
import type { Project } from '../../src/fleet/agent'
import type { Counts, ProjectHealth, ProjectSection as Section } from '../../src/fleet/board'
import type { Region } from '../../src/stream/region'
import { group, type Markup, region, toHtml } from '../render'
import { agentCard } from './agent-card'
import { pageUrl } from './counts'
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

interface SectionProps {
  section: Section
  page: SectionPage
}

export function ProjectSection({ section, page }: SectionProps) {
  return (
    <ProjectFrame section={section}>
      <ProjectHead section={section} />
      <Cards section={section} />
      <ProjectMore section={section} page={page} />
    </ProjectFrame>
  )
}

interface Kept {
  readonly section: Section
  readonly region: Region
}

// By what the page is called: several pages show the same project.
const kept = new WeakMap<Project, Map<string, Kept>>()
const MAX_KEPT = 8

/** The region of a section, the same one for as long as the section has not changed. */
export function projectRegion(section: Section, page: SectionPage): Region {
  const name = pageUrl(page.path, page.filter)
  const pages = kept.get(section.project) ?? new Map<string, Kept>()
  const old = pages.get(name)
  if (old && isSame(old.section, section)) return old.region
  const region = makeRegion(section, page)
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
    a.sessions.every((session, i) => agentCard(session) === cardAt(b, i))
  )
}

function cardAt({ sessions }: Section, index: number): Markup | null {
  const session = sessions[index]
  return session ? agentCard(session) : null
}

function makeRegion(section: Section, page: SectionPage): Region {
  const { id } = section.project
  const cards = group(
    `project-${id}-agents`,
    () => <Cards section={section} />,
    <CardsFrame section={section} />,
    section.sessions.map((session) => ({
      id: `agent-${session.agent.id}`,
      html: toHtml(agentCard(session)),
    })),
  )
  return group(
    `project-${id}`,
    () => <ProjectSection section={section} page={page} />,
    <ProjectFrame section={section} />,
    [
      region(`project-${id}-head`, <ProjectHead section={section} />),
      cards,
      region(`project-${id}-more`, <ProjectMore section={section} page={page} />),
    ],
  )
}

export function projectUrl(project: Pick<Project, 'slug'>): string {
  return `/projects/${encodeURIComponent(project.slug)}`
}

function ProjectFrame({ section, children }: { section: Section; children?: Child }) {
  const { id } = section.project
  return (
    <section
      id={`project-${id}`}
      class="project"
      aria-labelledby={`project-${id}-name`}
      data-project-id={id}
      hx-swap-oob="morph"
    >
      {children}
    </section>
  )
}

function ProjectHead({ section }: { section: Section }) {
  const { project, light, lastSeenAt } = section
  return (
    <header id={`project-${project.id}-head`} class="project-head" hx-swap-oob="morph">
      <span class="light" data-light={light}>
        <Icon name={light} />
        <span class="sr">{LIGHT_WORDS[light]}</span>
      </span>
      <h2 id={`project-${project.id}-name`} class="project-name">
        <a href={projectUrl(project)} dir="auto">
          {cutEnd(project.name, 200)}
        </a>
      </h2>
      {project.isDemo ? <span class="demo-mark">made up</span> : null}
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
    </header>
  )
}

function Cards({ section }: { section: Section }) {
  return (
    <CardsFrame section={section}>
      {section.sessions.map((session) => (
        <li>{agentCard(session)}</li>
      ))}
    </CardsFrame>
  )
}

function CardsFrame({ section, children }: { section: Section; children?: Child }) {
  return (
    <ul
      id={`project-${section.project.id}-agents`}
      class="cards"
      data-settle=""
      hx-swap-oob="morph"
    >
      {children}
    </ul>
  )
}

/** What the page does not show of the project leads to its own page, which leads through all of it. */
function ProjectMore({ section, page }: SectionProps) {
  const { project, sessions, total } = section
  const id = `project-${project.id}-more`
  const more = total - sessions.length
  const path = projectUrl(project)
  // Its own page says below the section how it goes on.
  if (more <= 0 || page.path === path) return <p id={id} hidden hx-swap-oob="morph" />
  return (
    <p id={id} class="project-more" hx-swap-oob="morph">
      <a href={pageUrl(path, { ...page.filter, projects: [] })}>
        and {wholeNumber(more)} more<span class="sr"> of {cutEnd(project.name, 80)}</span>
      </a>
    </p>
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
