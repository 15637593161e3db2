export interface StreamEvent {
  /** The event's name; `message` where the stream gives none. */
  readonly event: string
  readonly data: string
  /** The last id that the stream has given, with this event or before it. */
  readonly lastEventId: string
}

/**
 * Reads the text of an event stream piece by piece, exactly as browsers do
 * (https://html.spec.whatwg.org/#event-stream-interpretation): an event comes as soon as its empty
 * line is there, whichever line end was used and wherever the text was cut; what the stream does not
 * finish is dropped. The byte order mark is the decoder's business.
 */
export class EventParser {
  private line = ''
  private endedInCr = false
  private name = ''
  private data: string[] = []
  private id = ''

  constructor(private readonly onEvent: (event: StreamEvent) => void) {}

  feed(text: string): void {
    if (text === '') return
    let from = this.endedInCr && text.startsWith('\n') ? 1 : 0
    this.endedInCr = text.endsWith('\r')
    const lineEnd = /\r\n?|\n/g
    lineEnd.lastIndex = from
    for (let end = lineEnd.exec(text); end; end = lineEnd.exec(text)) {
      const line = this.line + text.slice(from, end.index)
      this.line = ''
      from = lineEnd.lastIndex
      if (line === '') this.dispatch()
      else this.take(line)
    }
    this.line += text.slice(from)
  }

  private take(line: string): void {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const start = line[colon + 1] === ' ' ? colon + 2 : colon + 1
    const value = colon < 0 ? '' : line.slice(start)
    if (field === 'data') this.data.push(value)
    else if (field === 'event') this.name = value
    else if (field === 'id' && !value.includes('\0')) this.id = value
  }

  private dispatch(): void {
    const { name, data, id } = this
    this.name = ''
    this.data = []
    if (data.length === 0) return
    this.onEvent({ event: name || 'message', data: data.join('\n'), lastEventId: id })
  }
}
