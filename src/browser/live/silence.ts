/** A stream without a byte for so long is dead: the server gives a sign of life every 20 s at the latest. */
export const STALE_MS = 50_000
