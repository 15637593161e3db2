/**
 * A part of a page that is kept up to date on its own, addressed by its element id.
 *
 * `html` is the whole element. Where the element is made of parts that change on their own,
 * `shell` is the element rendered without them: as long as the shell and the ids and order of the
 * parts stay the same, only the parts that changed are sent.
 */
export interface Region {
  readonly id: string
  readonly html: string
  readonly shell?: string
  readonly parts?: readonly Region[]
}

/** A list that only grows at one end. `id` is that of the element that holds the rows. */
export interface AppendList {
  readonly id: string
  /** Newest first; `id` is the event's, `html` one whole row. */
  readonly rows: readonly ListRow[]
  /** Markup that adds these rows, newest first, to the list. */
  render(rows: readonly ListRow[]): string
}

export interface ListRow {
  readonly id: number
  readonly html: string
}
