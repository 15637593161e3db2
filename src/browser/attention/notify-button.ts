import { type Choice, choose, currentChoice } from './notify-choice'

const WORDS: Record<Choice, string> = {
  off: 'Off',
  on: 'On',
  muted: 'Muted',
  blocked: 'Blocked',
  unavailable: 'Not here',
}

const NOTES: Record<Choice, string> = {
  off: 'Desktop notifications are off. Press to be told when an agent needs input, fails, is stuck or has finished.',
  on: 'Desktop notifications are on: one for each agent that needs input, fails, is stuck or has finished. Press to mute them in all tabs.',
  muted: 'Desktop notifications are muted in all tabs. Press to be told of agents again.',
  blocked:
    'This browser blocks notifications from Muster. Allow them in its settings for this site, beside the address.',
  unavailable:
    'This browser shows pages’ notifications not at all, or only on https and localhost. Title and icon of the tab say how many agents wait.',
}

/**
 * Calls `greet` once the reader has asked for notifications and the browser permits them; it answers
 * false where the browser shows none after all.
 */
export function startNotifyButton(greet: () => boolean, onChosen: () => void): void {
  const button = document.getElementById('notify')
  if (!button) return
  showNotifyButton()
  noteOf()?.addEventListener('toggle', (event) => {
    if (!button.hasAttribute('aria-expanded')) return
    button.setAttribute('aria-expanded', String((event as ToggleEvent).newState === 'open'))
  })
  button.addEventListener('click', () => void press())
  const press = async (): Promise<void> => {
    const before = currentChoice()
    if (isExplained(before)) {
      noteOf()?.togglePopover()
      return
    }
    if (before === 'off') await Notification.requestPermission()
    if (Notification.permission === 'granted') choose(before === 'on' ? 'muted' : 'on')
    if (before === 'off' && currentChoice() === 'on' && !greet()) choose('unavailable')
    showNotifyButton()
    if (isExplained(currentChoice())) noteOf()?.showPopover()
    onChosen()
  }
}

/** Brings the button in line with what all tabs and the browser say. */
export function showNotifyButton(choice: Choice = currentChoice()): void {
  const button = document.getElementById('notify')
  const note = noteOf()
  if (!button || !note) return
  button.dataset.notify = choice
  button.title = NOTES[choice]
  if (isExplained(choice)) {
    button.removeAttribute('aria-pressed')
    button.setAttribute('aria-controls', note.id)
    button.setAttribute('aria-expanded', String(note.matches(':popover-open')))
  } else {
    button.removeAttribute('aria-controls')
    button.removeAttribute('aria-expanded')
    button.setAttribute('aria-pressed', String(choice === 'on'))
  }
  const word = button.querySelector('.notify-word')
  if (word) word.textContent = WORDS[choice]
  note.textContent = NOTES[choice]
}

/** Nothing can be switched; pressing the button says why. */
function isExplained(choice: Choice): boolean {
  return choice === 'blocked' || choice === 'unavailable'
}

function noteOf(): HTMLElement | null {
  return document.getElementById('notify-note')
}
