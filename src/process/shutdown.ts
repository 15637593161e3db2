/** Of the five seconds that a stop may take, what is left for the process itself to end. */
const DEADLINE_MS = 4_600

interface Step {
  readonly name: string
  readonly end: () => Promise<void> | void
  readonly atMostMs: number
}

/** What was started, to be ended in the opposite order: each step once, whatever befalls the others. */
export class Shutdown {
  private readonly steps: Step[] = []
  private running: Promise<void> | null = null

  constructor(private readonly onFault: (step: string, error: unknown) => void) {}

  /** After `atMostMs` the next step begins, whether or not this one has come to its end. */
  add(name: string, end: () => Promise<void> | void, atMostMs = 500): void {
    this.steps.push({ name, end, atMostMs })
  }

  run(): Promise<void> {
    this.running ??= this.runSteps(Date.now() + DEADLINE_MS)
    return this.running
  }

  private async runSteps(deadline: number): Promise<void> {
    for (const { name, end, atMostMs } of this.steps.splice(0).reverse()) {
      const limit = Math.max(0, Math.min(atMostMs, deadline - Date.now()))
      try {
        await within(limit, end)
      } catch (error) {
        this.onFault(name, error)
      }
    }
  }
}

async function within(limitMs: number, work: () => Promise<void> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`This took more than ${limitMs} ms`)), limitMs)
  })
  try {
    await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}
