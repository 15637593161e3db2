import { pino } from 'pino'

type Line = Record<string, unknown> & { level: number; msg: string }

/** A logger whose lines a test can read. */
export function collectLog() {
  const lines: Line[] = []
  const stream = { write: (text: string) => void lines.push(JSON.parse(text) as Line) }
  const log = pino({ level: 'debug' }, stream)
  const linesOf = (msg: string) => lines.filter((line) => line.msg === msg)
  return { log, lines, linesOf }
}
