/** An answer that is not what was asked for: the server's status, and when it wants us back. */
export class RequestRefused extends Error {
  private constructor(
    readonly status: number,
    readonly retryAfterMs: number | null,
  ) {
    super(`The request was refused with status ${status}`)
  }

  static by(response: Response): RequestRefused {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    const isTime = Number.isFinite(seconds) && seconds >= 0
    return new RequestRefused(response.status, isTime ? seconds * 1_000 : null)
  }

  /** There is no such page, or it cannot be asked for like that: asking again will not help. */
  get isFinal(): boolean {
    return this.status === 400 || this.status === 404
  }
}
