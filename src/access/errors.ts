/** Who asks has to say who they are, and has not, or wrongly. */
export class Unauthorized extends Error {}

/** Who asks is known, and may not do this. */
export class Forbidden extends Error {}

/** More was asked for than one address may in a minute. */
export class TooManyRequests extends Error {
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(message)
  }
}
