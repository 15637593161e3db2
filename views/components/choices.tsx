import type { Board } from '../../src/fleet/board'
import { cutEnd } from './cut'

/** What can be chosen in the filter form; it grows while the form itself stays as it is. */
export function Choices({ choices }: { choices: Board['choices'] }) {
  return (
    <div id="choices" hidden hx-swap-oob="morph">
      <datalist id="choice-projects">
        {choices.projects.map((project) => (
          <option value={project.slug}>{cutEnd(project.name, 80)}</option>
        ))}
      </datalist>
      <datalist id="choice-agents">
        {choices.agents.map((agent) => (
          <option value={agent.id}>{cutEnd(`${agent.name} ${agent.title}`.trim(), 80)}</option>
        ))}
      </datalist>
      <datalist id="choice-types">
        {choices.types.map((type) => (
          <option value={type} />
        ))}
      </datalist>
    </div>
  )
}
