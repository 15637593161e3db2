import { cutEnd } from '../../../views/components/cut'
import { phaseWords, SpeakerMark, StatusMark } from '../../../views/components/debate-state'
import { Elapsed } from '../../../views/components/elapsed'
import { Empty } from '../../../views/components/empty'
import { group, type PageRegion, region } from '../../../views/region'
import { debateUrl, projectUrl } from '../../../views/urls'
import { plural } from '../../../views/words'
import { definePage } from '../define-page'
import { type DebateLine, DebatesState } from './state'

const TITLE = 'Debates'

/** The newest debates, those that go on first. */
export const debatesPage = definePage({
  key: 'debates',
  path: '/debates',
  nav: { label: TITLE },
  open: (_, data) => new DebatesState(data),
  title: () => TITLE,
  parts: (lines: readonly DebateLine[]) => ({
    list: group('debates', lines.map(lineRegion), (items) => (
      <ul class="debates">
        {items}
        {lines.length === 0 ? <NoDebates /> : null}
      </ul>
    )),
  }),
  body: ({ list }) => (
    <>
      <h1>{TITLE}</h1>
      {list}
    </>
  ),
})

function NoDebates() {
  return (
    <li>
      <Empty title="No debate has begun yet">
        <p>
          A program opens one with <code>POST /api/debates</code>.{' '}
          <code>npm run demo -- --debate</code> argues a demo debate.
        </p>
      </Empty>
    </li>
  )
}

function lineRegion({ debate, project }: DebateLine): PageRegion {
  return region(
    `debate-${debate.id}`,
    <li class="debate-line" data-status={debate.status}>
      <h2 class="debate-title">
        <a href={debateUrl(debate.id)} dir="auto">
          {cutEnd(debate.title, 200)}
        </a>
      </h2>
      <p class="debate-state">
        <StatusMark debate={debate} />
        {project ? (
          <a class="debate-project" href={projectUrl(project)} dir="auto">
            {cutEnd(project.name, 80)}
          </a>
        ) : null}
        <span class="debate-phase">{phaseWords(debate.phase)}</span>
        <SpeakerMark speaker={debate.speaker} />
        <span class="debate-turns">{plural(debate.turnNumber, 'turn')}</span>
        <span class="debate-elapsed">
          <span class="sr">elapsed </span>
          <Elapsed debate={debate} />
        </span>
      </p>
    </li>,
  )
}
