import type { Report, ReportedAgent, ReportedProject } from '../fleet/report'
import { firstLine } from '../fleet/text'
import { toIdentifier } from './identifier'
import { type Attributes, textOf } from './otlp'
import { projectCalled } from './workspace'

const REPORTER = 'claude-code'
/** Where telemetry counts of sessions that no hook and no setting puts into a project. */
const NO_PROJECT: ReportedProject = {
  key: 'name:claude-code telemetry',
  name: 'Claude Code telemetry',
  host: null,
  path: null,
}

/** Whom telemetry is about: the agent of the hooks that carry the same session. */
export function whoSent(
  attributes: Attributes,
  context: { host: string | null },
): Pick<Report, 'reporter' | 'project' | 'agent' | 'promptId' | 'confirmedBy'> {
  const project = projectOf(attributes, context.host)
  const session = textOf(attributes, 'session.id')
  const promptId = textOf(attributes, 'prompt.id')
  return {
    reporter: REPORTER,
    project: project ?? NO_PROJECT,
    agent: session === null ? null : agentOf(session, project !== null),
    promptId: promptId === null ? null : toIdentifier(promptId),
    confirmedBy: 'report',
  }
}

/** Telemetry names its agent's project only where it is configured to. */
function agentOf(session: string, hasProject: boolean): ReportedAgent {
  const sessionId = toIdentifier(session)
  return {
    key: `${REPORTER}/${sessionId}`,
    sessionId,
    parentKey: null,
    name: null,
    title: null,
    agentType: null,
    model: null,
    ...(!hasProject && { onlyIfKnown: true }),
  }
}

/** `OTEL_RESOURCE_ATTRIBUTES=muster.project=/srv/shop`: a path, an address, or a name. */
function projectOf(attributes: Attributes, sender: string | null): ReportedProject | null {
  const said = textOf(attributes, 'muster.project')
  if (said === null) return null
  const host = firstLine(sender ?? textOf(attributes, 'muster.host') ?? '', 200) || null
  return projectCalled(said, host)
}
