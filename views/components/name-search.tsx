import type { Child } from 'hono/jsx'

interface NameSearchProps {
  /** The address of the list. */
  action: string
  /** What was looked for; may be empty. */
  text: string
  /** Fields that go with it. */
  children?: Child
}

/** Looks through a list by name. */
export function NameSearch({ action, text, children }: NameSearchProps) {
  return (
    <form class="filter" method="get" action={action}>
      {children}
      <label class="filter-field filter-search">
        <span>Name</span>
        <input type="search" name="q" value={text} maxlength={200} />
      </label>
      <button class="button" type="submit">
        Find
      </button>
    </form>
  )
}
