import type { Child } from 'hono/jsx'
import type { Agent } from '../../src/fleet/agent'
import { type PageRegion, region } from '../region'
import { agentUrl } from '../urls'
import { agentTitle, plural } from '../words'
import { cutEnd } from './cut'
import { askWord, type FamilyProps } from './now'
import { StateMark } from './state-mark'
import { Time } from './time'

/** Everything that is open: what it asks, runs, left in the background and delegated. */
export function agentNowRegion({ agent, subagents }: FamilyProps): PageRegion {
  const { memory } = agent
  return region(
    'agent-now',
    <section class="agent-now" aria-labelledby="agent-now-title">
      <h2 id="agent-now-title">Right now</h2>
      <Block title="Asks you" count={memory.asks.length} loud>
        {memory.asks.map((ask) => (
          <li class="open">
            <span class="now-label">{askWord(ask.kind)}</span>
            <Since at={ask.openedAt} />
            <Code text={ask.summary} />
          </li>
        ))}
      </Block>
      <Block title="Runs" count={memory.tools.length}>
        {memory.tools.map((tool) => (
          <li class="open">
            <span class="now-tool">{cutEnd(tool.name, 60)}</span>
            <Since at={tool.startedAt} />
            <Code text={tool.summary} />
          </li>
        ))}
      </Block>
      <Block title="In background" count={memory.background.length}>
        {memory.background.map((task) => (
          <li class="open">
            <span class="now-tool">{cutEnd(task.type, 60)}</span>
            <span class="open-text" dir="auto">
              {cutEnd(task.description, 600)}
            </span>
          </li>
        ))}
      </Block>
      <Block title="Subagents" count={subagents.length}>
        {subagents.map((child) => (
          <li class="child" data-child-id={child.id} data-state={child.state}>
            <StateMark agent={child} />
            <a class="child-name" href={agentUrl(child)} dir="auto">
              {child.agentType ? <span class="child-type">{child.agentType} </span> : null}
              {agentTitle(child)}
            </a>
            <span class="child-since">
              <Time at={child.stateSince} as="since" />
            </span>
          </li>
        ))}
      </Block>
      <Block title={plural(memory.failures.length, 'failed call')} count={memory.failures.length}>
        {memory.failures.map((failure) => (
          <li class="open">
            <span class="now-tool">{cutEnd(failure.tool, 60)}</span>
            <Since at={failure.at} />
            <Code text={failure.summary} />
          </li>
        ))}
      </Block>
      <LastWords agent={agent} />
    </section>,
  )
}

function Block(props: { title: string; count: number; loud?: boolean; children?: Child }) {
  if (props.count === 0) return null
  return (
    <div class="block" data-loud={props.loud ? '' : null}>
      <h3>{props.title}</h3>
      <ul>{props.children}</ul>
    </div>
  )
}

function LastWords({ agent: { memory } }: { agent: Agent }) {
  if (memory.lastMessage === '') return null
  return (
    <div class="block">
      <h3>Last message{memory.mayWantAnswer ? ' (may want an answer)' : null}</h3>
      <p class="words" dir="auto">
        {cutEnd(memory.lastMessage, 8000)}
      </p>
    </div>
  )
}

function Since({ at }: { at: number }) {
  return (
    <span class="open-since">
      <Time at={new Date(at)} as="since" />
    </span>
  )
}

function Code({ text }: { text: string }) {
  return text === '' ? null : (
    <code class="open-code" dir="auto">
      {cutEnd(text, 2000)}
    </code>
  )
}
