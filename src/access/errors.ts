/** Who asks has to say who they are, and has not, or wrongly. */
export class Unauthorized extends Error {}

/** More was asked for than one address may in a minute. */
export class TooManyRequests extends Error {
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(message)
  }
}
