/**
 * A part of a page that is kept up to date on its own, addressed by its element id.
 *
 * `html` is the whole element. Where the element is made of parts that change on their own,
 * `frame` is the element rendered without them: as long as the frame and the ids and order of the
 * parts stay the same, only the parts that changed are sent.
 */
export interface Region {
  readonly id: string
  readonly html: string
  readonly frame?: string
  readonly parts?: readonly Region[]
}

/** A list that only grows at its top. `id` is that of the element that holds the rows. */
export interface AppendList {
  readonly id: string
  /** Newest first; `id` is the event's, `html` one whole row. */
  readonly rows: readonly { readonly id: number; readonly html: string }[]
}
