import { type OpenItem, startNotifications } from './notifications'

const ID = 'attention'
const TITLE_ID = 'page-title'

/** Keeps title, icon and notifications equal to what the list of what is open says. */
export function startAttention(): void {
  const list = document.getElementById(ID)
  if (!list) return
  const update = startNotifications(itemsOf(list))
  document.addEventListener('htmx:oobAfterSwap', (event) => {
    const { id } = (event as CustomEvent<{ target: Element }>).detail.target
    const fresh = document.getElementById(ID)
    if (!fresh || (id !== ID && id !== TITLE_ID)) return
    showInTab(fresh)
    if (id === ID) update(itemsOf(fresh))
  })
}

function showInTab({ dataset: { waiting = '0', icon } }: HTMLElement): void {
  const name = document.getElementById(TITLE_ID)?.dataset.title ?? 'Muster'
  const title = waiting === '0' ? name : `(${waiting}) ${name}`
  if (document.title !== title) document.title = title
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
