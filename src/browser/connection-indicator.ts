import type { Notice, Status } from './live/live-types'

const WORDS: Record<Status, string> = {
  connected: 'Connected',
  reconnecting: 'Reconnecting…',
  polling: 'Polling every 5 s',
  offline: 'Offline',
}

/** Shows how fresh the page is; `notice` is what the server says about itself. */
export function showConnection(status: Status): void {
  const element = document.getElementById('connection')
  if (!element) return
  element.dataset.status = status
  document.body.dataset.connection = status
  const text = element.querySelector('.connection-text')
  if (text) text.textContent = WORDS[status]
}

/** Says on the page what the server cannot do, until it says that it can again. */
export function showNotice({ error_type, message }: Notice): void {
  const element = document.getElementById('notice')
  if (!element) return
  const isOver = error_type === 'database_back' || error_type === 'page_back'
  element.hidden = isOver
  element.textContent = isOver ? '' : message
}
