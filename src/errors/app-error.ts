type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503

interface ErrorFields {
  /** The field or parameter that is wrong. */
  readonly field?: string | null
  /** Its item of a list. */
  readonly index?: number | null
  /** Seconds after which the same request may work. */
  readonly retryAfter?: number
  /** What a person can do about it, where the status alone does not say. */
  readonly advice?: string
  /** Further fields of the answer to a program. */
  readonly details?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/**
 * An error whose message is for the client: the request is answered with this status and these
 * fields. Subclasses are for callers that handle one kind themselves.
 */
export class AppError extends Error {
  readonly field: string | null
  readonly index: number | null
  readonly retryAfter: number | undefined
  readonly advice: string | undefined
  readonly details: Readonly<Record<string, string>>

  constructor(
    readonly status: ErrorStatus,
    message: string,
    { field, index, retryAfter, advice, details, cause }: ErrorFields = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.field = field ?? null
    this.index = index ?? null
    this.retryAfter = retryAfter
    this.advice = advice
    this.details = details ?? {}
  }
}

/** What was given has no meaning; `field` names it, null for the whole of it. */
export class BadInput extends AppError {
  constructor(
    field: string | null,
    message: string,
    more: Pick<ErrorFields, 'index' | 'cause'> = {},
  ) {
    super(400, message, { ...more, field })
  }
}

/** The request needs valid credentials. */
export class Unauthorized extends AppError {
  constructor(message: string) {
    super(401, message)
  }
}

/** The visitor is known, and lacks the right. */
export class Forbidden extends AppError {
  constructor(message: string) {
    super(403, message, { advice: 'Ask an administrator of this Muster for the right.' })
  }
}

/** There is nothing of that name or address, or the visitor may not see it. */
export class NotFound extends AppError {
  constructor(message: string, details?: Readonly<Record<string, string>>) {
    super(404, message, details && { details })
  }
}

/** More was asked for than one sender may in a minute. */
export class TooManyRequests extends AppError {
  constructor(
    message: string,
    override readonly retryAfter: number,
    /** The key under `limits` in the configuration that was exceeded; null where no such key was. */
    limit: string | null = null,
  ) {
    super(429, message, { retryAfter, ...(limit !== null && { details: { limit } }) })
  }
}

/** Muster cannot do this now; the same request works later. */
export class Unavailable extends AppError {
  constructor(message: string, retryAfter: number, cause?: unknown) {
    super(503, message, { retryAfter, cause })
  }
}
