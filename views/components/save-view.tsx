import type { Filter } from '../../src/filter/filter'
import { printFilter } from '../../src/filter/parse'

/** Keeps what the page is narrowed to under a name. */
export function SaveView({ filter }: { filter: Filter }) {
  return (
    <details class="save-view">
      <summary>Save as a view</summary>
      <form method="post" action="/views" aria-label="Save as a view">
        {[...new URLSearchParams(printFilter(filter))].map(([key, value]) => (
          <input type="hidden" name={key} value={value} />
        ))}
        <label class="filter-field">
          <span>Name</span>
          <input name="name" required maxlength={50} autocomplete="off" />
        </label>
        <button type="submit" class="button">
          Save
        </button>
      </form>
    </details>
  )
}
