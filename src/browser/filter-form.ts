/** Applies a filter as soon as it is chosen, and asks for nothing that was left empty. */
export function startFilterForm(): void {
  const form = document.querySelector<HTMLFormElement>('form[data-filter-form]')
  if (!form) return
  // A time changes with each of its parts; it is chosen when its field is left.
  form.addEventListener('change', ({ target }) => {
    if (!isTime(target)) form.requestSubmit()
  })
  form.addEventListener('focusout', ({ target }) => {
    if (isTime(target) && target.value !== target.defaultValue) form.requestSubmit()
  })
  form.addEventListener('submit', () => {
    rememberFocus(form)
    const fields = emptyFields(form)
    for (const field of fields) field.disabled = true
    // The browser has read the form after this event; a page kept for "back" needs it whole.
    setTimeout(() => {
      for (const field of fields) field.disabled = false
    })
  })
  restoreFocus()
  // A browser that restores what was typed would add it to the filter a second time.
  addEventListener('pageshow', (event) => {
    if (event.persisted) form.reset()
  })
}

function isTime(target: EventTarget | null): target is HTMLInputElement {
  return target instanceof HTMLInputElement && target.type === 'datetime-local'
}

const FOCUS_KEY = 'muster-filter-focus'

function emptyFields(form: HTMLFormElement): (HTMLInputElement | HTMLSelectElement)[] {
  return [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select')].filter(
    (field) => field.value.trim() === '',
  )
}

function rememberFocus(form: HTMLFormElement): void {
  const { activeElement } = document
  if (activeElement?.id && form.contains(activeElement)) {
    sessionStorage.setItem(FOCUS_KEY, activeElement.id)
  }
}

function restoreFocus(): void {
  const id = sessionStorage.getItem(FOCUS_KEY)
  sessionStorage.removeItem(FOCUS_KEY)
  if (id) document.getElementById(id)?.focus({ preventScroll: true })
}
