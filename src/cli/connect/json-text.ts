/** A part of a text, from `start` up to but without `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface ObjectNode extends Span {
  readonly kind: 'object'
  readonly members: readonly Member[]
}
export interface Member extends Span {
  readonly key: string
  readonly value: JsonNode
}
export interface ArrayNode extends Span {
  readonly kind: 'array'
  readonly items: readonly JsonNode[]
}
export interface ScalarNode extends Span {
  readonly kind: 'scalar'
}
export type JsonNode = ObjectNode | ArrayNode | ScalarNode

/** The text is no JSON from this place on. */
export class JsonFault extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(`${message} at line ${line}, column ${column}`)
  }
}

const SPACE = /[ \t\r\n]*/y
const SCALAR =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy
const MAX_DEPTH = 500

/** Where everything is in a JSON text, so that a part of it can be changed and the rest stays. */
export function parseJsonText(text: string): JsonNode {
  const parser = new Parser(text)
  const node = parser.value(0)
  parser.end()
  return node
}

/** What a part of the text says. */
export function readValue(text: string, { start, end }: Span): unknown {
  return JSON.parse(text.slice(start, end))
}

class Parser {
  private index: number

  constructor(private readonly text: string) {
    this.index = text.startsWith('\uFEFF') ? 1 : 0
  }

  value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) throw this.fault('It is nested too deeply')
    const opening = this.peek()
    if (opening === '{') return this.object(depth)
    if (opening === '[') return this.array(depth)
    return { kind: 'scalar', ...this.scalar('A value is missing') }
  }

  end(): void {
    if (this.peek() !== '') throw this.fault('There is something after the end')
  }

  private object(depth: number): ObjectNode {
    const start = this.index++
    const members: Member[] = []
    while (this.peek() !== '}') {
      if (members.length > 0) this.take(',', 'A comma or } is missing')
      if (this.peek() !== '"') throw this.fault('A name in double quotes is missing')
      const name = this.scalar('A name in double quotes is missing')
      this.take(':', 'A colon is missing')
      const value = this.value(depth + 1)
      const key = String(readValue(this.text, name))
      members.push({ key, value, start: name.start, end: value.end })
    }
    return { kind: 'object', members, start, end: ++this.index }
  }

  private array(depth: number): ArrayNode {
    const start = this.index++
    const items: JsonNode[] = []
    while (this.peek() !== ']') {
      if (items.length > 0) this.take(',', 'A comma or ] is missing')
      items.push(this.value(depth + 1))
    }
    return { kind: 'array', items, start, end: ++this.index }
  }

  private scalar(missing: string): Span {
    this.peek()
    SCALAR.lastIndex = this.index
    if (!SCALAR.test(this.text)) throw this.fault(missing)
    const span = { start: this.index, end: SCALAR.lastIndex }
    this.index = span.end
    return span
  }

  private take(wanted: string, missing: string): void {
    if (this.peek() !== wanted) throw this.fault(missing)
    this.index++
  }

  /** The next character that says something; empty at the end. */
  private peek(): string {
    SPACE.lastIndex = this.index
    SPACE.test(this.text)
    this.index = SPACE.lastIndex
    return this.text.charAt(this.index)
  }

  private fault(message: string): JsonFault {
    const lines = this.text.slice(0, this.index).split(/\r\n|\r|\n/)
    const what = this.index >= this.text.length ? 'It breaks off' : message
    return new JsonFault(what, lines.length, (lines.at(-1)?.length ?? 0) + 1)
  }
}
