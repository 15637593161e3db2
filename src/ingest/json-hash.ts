import { createHash, type Hash } from 'node:crypto'

const CHUNK = 65_536

/** A list or object on the way down: `keys` is null for a list. */
interface Frame {
  value: Record<string, unknown> | readonly unknown[]
  keys: readonly string[] | null
  next: number
}

/**
 * Hash of parsed JSON that does not depend on the order of keys. Walks with a stack of its own,
 * because ten thousand levels of nesting are valid JSON and would overflow a recursion.
 */
export function hashJson(value: unknown): string {
  const sink = new Sink()
  const stack: Frame[] = []
  enter(value, sink, stack)
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const key = frame.keys ? frame.keys[frame.next] : frame.next
    const isDone = key === undefined || (!frame.keys && frame.next >= Number(frame.value.length))
    frame.next += 1
    if (isDone) stack.pop()
    else {
      if (typeof key === 'string') sink.write(`${key.length}:${key}`)
      enter((frame.value as Record<string | number, unknown>)[key], sink, stack)
    }
  }
  return sink.digest()
}

function enter(value: unknown, sink: Sink, stack: Frame[]): void {
  if (Array.isArray(value)) {
    sink.write(`[${value.length}`)
    stack.push({ value, keys: null, next: 0 })
  } else if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value).sort()
    sink.write(`{${keys.length}`)
    stack.push({ value: value as Record<string, unknown>, keys, next: 0 })
  } else {
    sink.write(typeof value === 'string' ? `"${value.length}:${value}` : `,${String(value)}`)
  }
}

/** Many small pieces go to the hash as few large ones, or their number would cost more than them. */
class Sink {
  private readonly hash: Hash = createHash('sha256')
  private pending = ''

  write(piece: string): void {
    this.pending += piece
    if (this.pending.length >= CHUNK) this.flush()
  }

  digest(): string {
    this.flush()
    return this.hash.digest('hex').slice(0, 32)
  }

  private flush(): void {
    this.hash.update(this.pending)
    this.pending = ''
  }
}
