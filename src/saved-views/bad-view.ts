/** What was asked for cannot be a saved view; `field` is what is wrong. */
export class BadView extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}

/** There is such a name already, or no more room. */
export class ViewConflict extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}
