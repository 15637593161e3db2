import { whoMakesRoom } from './pool'

/** A stream that holds lanes. */
export interface LaneViewer {
  readonly connection: { readonly visitor: string; readonly openedAt: number }
}

/** A lane, and for whom it is kept. */
interface HeldLane<Viewer extends LaneViewer> {
  readonly viewers: ReadonlySet<Viewer>
  /** Whose requests wait for it or are answered from it. */
  readonly borrowers: readonly string[]
}

/** For whom a lane is kept. */
export function visitorsOf({ viewers, borrowers }: HeldLane<LaneViewer>): Set<string> {
  const visitors = new Set(borrowers)
  for (const { connection } of viewers) visitors.add(connection.visitor)
  return visitors
}

/** How many lanes each visitor holds. One that several hold counts for each of them in part. */
export function lanesHeld(lanes: Iterable<HeldLane<LaneViewer>>): Map<string, number> {
  const held = new Map<string, number>()
  for (const lane of lanes) {
    const visitors = visitorsOf(lane)
    for (const visitor of visitors) {
      held.set(visitor, (held.get(visitor) ?? 0) + 1 / visitors.size)
    }
  }
  return held
}

/**
 * The stream that has to end so that a visitor gets a lane: the newest of the visitor who holds most,
 * where whoever asks holds less than an equal share. Null: none has to.
 */
export function streamToEnd<Viewer extends LaneViewer>(
  lanes: readonly HeldLane<Viewer>[],
  { maxLanes, visitor }: { maxLanes: number; visitor: string },
): Viewer | null {
  const from = whoMakesRoom(maxLanes, lanesHeld(lanes), visitor)
  let newest: Viewer | null = null
  for (const { viewers } of lanes) {
    for (const viewer of viewers) {
      if (viewer.connection.visitor !== from) continue
      if (!newest || viewer.connection.openedAt >= newest.connection.openedAt) newest = viewer
    }
  }
  return newest
}
