/** There is such a name already, or no more room. */
export class ViewConflict extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}
