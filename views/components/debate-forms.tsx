import { INTERVENTION_TYPES, SIDES } from '../../src/debates/debate'
import { debateUrl } from '../urls'

/** More than the API takes as UTF-8 can only be found out by the server. */
const MAX_LENGTH = 8_000

/** Which of the two is shown is up to the style sheet: it goes by the state that is shown beside. */
export function StopForms({ debateId }: { debateId: string }) {
  return (
    <div class="debate-stops">
      {(['pause', 'resume'] as const).map((move) => {
        const action = `${debateUrl(debateId)}/${move}`
        return (
          <form
            class={`debate-${move}`}
            method="post"
            action={action}
            hx-post={action}
            hx-swap="none"
          >
            <button type="submit" class="button">
              {move === 'pause' ? 'Pause' : 'Resume'}
            </button>
          </form>
        )
      })}
    </div>
  )
}

interface InterventionFormProps {
  debateId: string
  /** What became of the last one. */
  note?: string
  /** What is wrong with the text, which stays where it is. */
  fault?: string
  content?: string
}

/** It is no part of any region: what is typed here outlives whatever arrives. */
export function InterventionForm({ debateId, note, fault, content }: InterventionFormProps) {
  const action = `${debateUrl(debateId)}/interventions`
  return (
    <form
      id="intervention-form"
      class="intervention-form"
      method="post"
      action={action}
      hx-post={action}
      hx-target="this"
      hx-swap="outerHTML"
      hx-disabled-elt="find button"
      aria-labelledby="intervene-title"
    >
      <h3 id="intervene-title">Intervene</h3>
      <div class="intervention-choices">
        <p>
          <label for="intervention-type">Kind</label>
          <select id="intervention-type" name="type">
            {INTERVENTION_TYPES.map((type) => (
              <option value={type}>{type}</option>
            ))}
          </select>
        </p>
        <p>
          <label for="intervention-to">To</label>
          <select id="intervention-to" name="directedTo">
            <option value="">all</option>
            {SIDES.map((side) => (
              <option value={side}>{side}</option>
            ))}
          </select>
        </p>
      </div>
      <label for="intervention-content">What you want to say</label>
      <textarea
        id="intervention-content"
        name="content"
        rows={3}
        required
        maxlength={MAX_LENGTH}
        dir="auto"
      >
        {content ?? ''}
      </textarea>
      <div class="intervention-send">
        <button id="intervention-send" type="submit" class="button">
          Send
        </button>
        <p role="status" class={fault ? 'trouble' : 'muted'}>
          {fault ?? note ?? ''}
        </p>
      </div>
    </form>
  )
}
