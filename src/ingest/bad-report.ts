/** What was sent can't be a report. Says which field is wrong, and of which item of a list. */
export class BadReport extends Error {
  override readonly name = 'BadReport'

  constructor(
    message: string,
    readonly field: string | null,
    readonly index: number | null = null,
  ) {
    super(message)
  }
}
