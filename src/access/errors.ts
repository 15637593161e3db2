/** Who asks has to say who they are, and has not, or wrongly. */
export class Unauthorized extends Error {}

/** Who asks is known, and may not do this. */
export class Forbidden extends Error {}

/** A value that somebody gave cannot be taken; `field` is its name in the form. */
export class BadField extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}

/** More was asked for than one address may in a minute. */
export class TooManyRequests extends Error {
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(message)
  }
}
