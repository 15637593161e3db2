/** So long may one piece of work keep the event loop from everything else. */
const SLICE_MS = 10

/**
 * Cuts a long loop into slices of about 10 ms, between which timers, sockets and other requests have
 * their turn: `if (slices.isOver) await slices.yield()` once an item. What a loop reads and writes in
 * memory may have changed after each yield.
 */
export class TimeSlices {
  private begunAt = performance.now()

  get isOver(): boolean {
    return performance.now() - this.begunAt >= SLICE_MS
  }

  async yield(): Promise<void> {
    await new Promise(setImmediate)
    this.begunAt = performance.now()
  }
}
