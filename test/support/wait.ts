const LOOK_MS = 5

/** Waits for a condition. What is waited for is said when it does not come about. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`In ${deadlineMs} ms it did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
