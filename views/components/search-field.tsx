/** Looks for words in the log, from every page; the page of events has a field of its own. */
export function SearchField() {
  return (
    <search class="search">
      <form method="get" action="/events">
        <input
          type="search"
          name="q"
          aria-label="Search events"
          placeholder="Search events"
          maxlength={200}
        />
      </form>
    </search>
  )
}
