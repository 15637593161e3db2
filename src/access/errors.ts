/** Who asks has to say who they are, and has not, or wrongly. */
export class Unauthorized extends Error {}

/** Who asks is known, and may not do this. */
export class Forbidden extends Error {}

/** More was asked for than one address may in a minute. */
export class TooManyRequests extends Error {
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
    /** The key under `limits` in the configuration that was exceeded; null where no such key was. */
    readonly limit: string | null = null,
  ) {
    super(message)
  }
}
