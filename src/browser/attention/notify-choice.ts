import { getItem, setItem } from './storage'

const CHOICE_KEY = 'muster-notify'

/** What was chosen for all tabs, as far as the browser goes along. */
export type Choice = 'off' | 'on' | 'muted' | 'blocked' | 'unavailable'

export function currentChoice(): Choice {
  // Browsers have notifications in secure contexts only: https, and localhost.
  if (!('Notification' in window) || !window.isSecureContext) return 'unavailable'
  if (Notification.permission === 'denied') return 'blocked'
  const kept = getItem(CHOICE_KEY)
  if (Notification.permission !== 'granted') return 'off'
  return kept === 'on' || kept === 'muted' || kept === 'unavailable' ? kept : 'off'
}

export function choose(choice: 'on' | 'muted' | 'unavailable'): void {
  setItem(CHOICE_KEY, choice)
}

/** Calls back when another tab has chosen, or the browser's permission has changed. */
export function onChoice(changed: () => void): void {
  addEventListener('storage', ({ key }) => {
    if (key === CHOICE_KEY || key === null) changed()
  })
  navigator.permissions
    ?.query({ name: 'notifications' })
    .then((status) => status.addEventListener('change', changed))
    // Not every browser tells; then the next page knows.
    .catch(() => undefined)
}
