/** Asks until the answer is neither false nor undefined, and fails with the label when time is up. */
export async function until<T>(
  label: string,
  ask: () => T | Promise<T>,
  deadlineMs = 15_000,
): Promise<Exclude<T, false | undefined>> {
  const endsAt = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>
    if (performance.now() > endsAt) throw new Error(`${label}: not within ${deadlineMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** What the promise gives, or an error with the label when time is up. */
export async function within<T>(
  label: string,
  promise: Promise<T>,
  deadlineMs = 15_000,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${label}: not within ${deadlineMs} ms`)), deadlineMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
