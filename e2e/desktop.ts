import type { BrowserContext, Page } from 'playwright/test'

interface DesktopEvent {
  readonly what: 'asked' | 'shown' | 'closed'
  readonly tag: string
  readonly title: string
  readonly body: string
  readonly page: Page
}

/**
 * The desktop of the person who runs the browser: a browser without a head shows no notifications,
 * so what pages do with them is recorded, in all tabs.
 */
export class Desktop {
  readonly events: DesktopEvent[] = []

  static async of(context: BrowserContext, permission: NotificationPermission): Promise<Desktop> {
    const desktop = new Desktop()
    await context.exposeBinding(
      'recordNotification',
      ({ page }, event: Omit<DesktopEvent, 'page'>) => {
        desktop.events.push({ ...event, page })
      },
    )
    await context.addInitScript(standIn, permission)
    return desktop
  }

  shown(tag: string | RegExp): DesktopEvent[] {
    return this.of('shown', tag)
  }

  closed(tag: string | RegExp): DesktopEvent[] {
    return this.of('closed', tag)
  }

  titles(): string[] {
    return this.events.filter(({ what }) => what === 'shown').map(({ title }) => title)
  }

  /** Whether one with this tag is still to be seen: the last that happened to it was no close. */
  isOnDesktop(tag: string | RegExp): boolean {
    const last = new Map(this.events.map((event) => [event.tag, event.what]))
    return [...last].some(([key, what]) => what === 'shown' && matches(key, tag))
  }

  /** Clicks the notification that the page has shown under this tag. */
  async click(page: Page, tag: RegExp): Promise<void> {
    await page.evaluate((source) => {
      const shown: { tag: string; dispatchEvent: (event: Event) => boolean }[] =
        Reflect.get(window, 'shownNotifications') ?? []
      shown
        .find((notification) => new RegExp(source).test(notification.tag))
        ?.dispatchEvent(new Event('click'))
    }, tag.source)
  }

  private of(what: DesktopEvent['what'], tag: string | RegExp): DesktopEvent[] {
    return this.events.filter((event) => event.what === what && matches(event.tag, tag))
  }
}

function matches(tag: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? tag === wanted : wanted.test(tag)
}

/** Runs in the page, before its scripts. */
function standIn(initial: NotificationPermission): void {
  const record = (what: string, tag = '', title = '', body = '') =>
    Reflect.get(window, 'recordNotification')({ what, tag, title, body })
  const shown: EventTarget[] = []
  Reflect.set(window, 'shownNotifications', shown)
  class StandIn extends EventTarget {
    readonly tag: string
    constructor(
      readonly title: string,
      readonly options: NotificationOptions = {},
    ) {
      super()
      this.tag = options.tag ?? ''
      shown.push(this)
      record('shown', this.tag, title, options.body)
    }
    static get permission(): string {
      return sessionStorage.getItem('stand-in-permission') ?? initial
    }
    static async requestPermission(): Promise<string> {
      record('asked')
      if (StandIn.permission === 'default') sessionStorage.setItem('stand-in-permission', 'granted')
      return StandIn.permission
    }
    close(): void {
      record('closed', this.tag, this.title, this.options.body)
    }
  }
  Object.defineProperty(window, 'Notification', { value: StandIn, configurable: true })
}
