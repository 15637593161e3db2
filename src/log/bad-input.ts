/** Something that was asked for or given cannot be meant; `field` is its name. */
export class BadInput extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}
