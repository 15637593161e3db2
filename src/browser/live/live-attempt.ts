import { pollTopics } from './live-poll'

/** One stream that is open or being opened. */
export interface Attempt {
  readonly abort: AbortController
  readonly topics: readonly string[]
  readonly from: string
  isOpen: boolean
}

export function newAttempt(topics: readonly string[], from: string): Attempt {
  return { abort: new AbortController(), topics, from, isOpen: false }
}

/** Says which topics keep the others of a refused attempt from being streamed. */
export async function findRefused(
  { topics, from, abort }: Attempt,
  onRefusedTopic: (topic: string) => void,
): Promise<void> {
  const onlyRefused = { onFrame() {}, onReset() {}, onRefusedTopic }
  // What fails otherwise says nothing of the topics, and is tried again.
  await pollTopics(topics, from, abort.signal, onlyRefused).catch(() => '')
}
