import { type OpenItem, startNotifications } from './notifications'

const ID = 'attention'

/** Keeps title, icon and notifications equal to what the page's own list says is open. */
export function startAttention(): void {
  const list = document.getElementById(ID)
  if (!list) return
  const update = startNotifications(itemsOf(list))
  document.addEventListener('htmx:oobAfterSwap', (event) => {
    if ((event as CustomEvent<{ target: Element }>).detail.target.id !== ID) return
    const fresh = document.getElementById(ID)
    if (!fresh) return
    showInTab(fresh)
    update(itemsOf(fresh))
  })
}

function showInTab({ dataset: { title, icon } }: HTMLElement): void {
  if (title && document.title !== title) document.title = title
  const link = document.getElementById('icon')
  if (!(link instanceof HTMLLinkElement)) return
  const href = icon || link.dataset.plain || ''
  if (link.getAttribute('href') !== href) link.setAttribute('href', href)
}

function itemsOf(list: HTMLElement): OpenItem[] {
  return [...list.querySelectorAll<HTMLElement>('li[data-key]')].map(({ dataset }) => ({
    key: dataset.key ?? '',
    kind: dataset.kind ?? '',
    title: dataset.title ?? '',
    body: dataset.body ?? '',
    href: dataset.href ?? '/',
  }))
}
