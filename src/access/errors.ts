/** 401: credentials are missing or wrong. */
export class Unauthorized extends Error {}

/** 403: the visitor is known, and may not do this. */
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
