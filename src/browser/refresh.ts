const BUTTON = '[data-refresh]'

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

/**
 * Makes every `data-refresh` of the page fetch what has changed at once, also while the stream is
 * broken, and say beside it how that went. Without a script it is the link or button that it is.
 */
export function startRefresh(refresh: () => Promise<void>): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest(BUTTON) : null
    if (!(button instanceof HTMLElement)) return
    event.preventDefault()
    void run(button, refresh)
  })
}

async function run(button: HTMLElement, refresh: () => Promise<void>): Promise<void> {
  if (button.getAttribute('aria-busy') === 'true') return
  button.setAttribute('aria-busy', 'true')
  try {
    await refresh()
    const now = new Date()
    button.dataset.refreshed = now.toISOString()
    say(button, `Refreshed at ${clock.format(now)}`)
  } catch {
    say(button, 'Muster cannot be reached')
  } finally {
    button.removeAttribute('aria-busy')
  }
}

/** An output is announced to those who do not see it. */
function say(button: HTMLElement, text: string): void {
  const next = button.nextElementSibling
  const output = next instanceof HTMLOutputElement ? next : document.createElement('output')
  if (output !== next) button.after(output)
  output.className = 'refresh-note'
  output.textContent = text
}
