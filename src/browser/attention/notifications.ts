import { Leader } from '../leader'
import { rememberTold, shownKeys, wasNotified } from './notified'
import { showNotifyButton, startNotifyButton } from './notify-button'
import { currentChoice, onChoice } from './notify-choice'

/** Something open, as the page's list has it. */
export interface OpenItem {
  readonly key: string
  readonly kind: string
  readonly title: string
  readonly body: string
  readonly href: string
}

/**
 * Tells people on their desktop what is new among what is open, once in all tabs, and takes it back
 * when it is over. Returns what to call with each new state of the list.
 */
export function startNotifications(
  atLoad: readonly OpenItem[],
): (items: readonly OpenItem[]) => void {
  const desktop = new Desktop(atLoad)
  const leader = new Leader({ lock: 'muster-attention', onElected: () => update() })
  let items = atLoad
  let isFromCache = false
  const update = (): void => {
    const choice = currentChoice()
    if (choice !== 'on' && choice !== 'muted') return
    leader.start()
    // A page that comes back from the cache shows old news until its stream has caught up.
    if (leader.isLeader && !isFromCache) desktop.update(items, choice === 'muted')
  }
  const refresh = (): void => {
    showNotifyButton()
    update()
  }
  startNotifyButton(() => desktop.greet(items), update)
  onChoice(refresh)
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    isFromCache = true
    refresh()
  })
  update()
  return (fresh) => {
    items = fresh
    isFromCache = false
    update()
  }
}

class Desktop {
  private readonly known: ReadonlySet<string>
  private readonly shown = new Map<string, Notification>()
  private open: ReadonlySet<string>

  /** What was open when the page came is no news. */
  constructor(atLoad: readonly OpenItem[]) {
    this.known = keysOf(atLoad)
    this.open = this.known
  }

  /** Shows how much waits and marks all open items as notified. False where nothing can be shown. */
  greet(items: readonly OpenItem[]): boolean {
    this.open = keysOf(items)
    this.remember([...this.open], false)
    const waiting = Number(document.getElementById('attention')?.dataset.waiting ?? 0)
    const agents = waiting === 1 ? 'agent waits' : 'agents wait'
    const greeting = create(
      waiting === 0 ? 'Nobody waits for input' : `${waiting} ${agents} for input`,
      { tag: 'muster-on', body: 'Muster tells you here when an agent needs you.' },
    )
    greeting?.addEventListener('click', () => window.focus())
    return greeting !== null
  }

  update(items: readonly OpenItem[], isMuted: boolean): void {
    this.open = keysOf(items)
    const over = shownKeys().filter((key) => !this.open.has(key))
    for (const key of over) this.takeBack(key)
    const news = items.filter(({ key }) => !this.known.has(key) && !wasNotified(key))
    for (const item of news) this.remember([item.key], !isMuted && this.show(item))
  }

  private show(item: OpenItem): boolean {
    const { key, title, body, href } = item
    const notification = create(title, { tag: key, body })
    if (!notification) return false
    this.shown.set(key, notification)
    notification.addEventListener('close', () => this.remember([key], false))
    notification.addEventListener('click', () => {
      notification.close()
      window.focus()
      if (location.pathname !== href) location.assign(href)
    })
    return true
  }

  /** One of a page that is gone can only be replaced, by its tag, and that one be closed. */
  private takeBack(key: string): void {
    const notification = this.shown.get(key) ?? create('Muster', { tag: key, silent: true })
    this.remember([key], false)
    notification?.close()
  }

  private remember(keys: readonly string[], isShown: boolean): void {
    if (!isShown) for (const key of keys) this.shown.delete(key)
    rememberTold(keys, isShown, this.open)
  }
}

function keysOf(items: readonly OpenItem[]): Set<string> {
  return new Set(items.map((item) => item.key))
}

/** Null where the browser has them for service workers only, as on phones. */
function create(title: string, options: NotificationOptions): Notification | null {
  try {
    return new Notification(title, options)
  } catch {
    return null
  }
}
