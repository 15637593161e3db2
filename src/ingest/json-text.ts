import { BadInput } from '../errors/app-error'
import { findJsonFault } from './json-place'

/** Parses JSON; throws BadInput with the place where it stops making sense. `line` is that of an NDJSON body. */
export function parseJson(text: string, line = 1): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const index = findJsonFault(text)
    const lines = text.slice(0, index).split('\n')
    const place = `line ${line + lines.length - 1}, column ${(lines.at(-1)?.length ?? 0) + 1}`
    throw new BadInput(null, `This is not JSON: ${describeFault(text, index)} at ${place}`)
  }
}

/** Parses NDJSON: one value a line, empty lines left out. Throws BadInput as `parseJson` does. */
export function parseJsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => parseJson(line, number))
}

function describeFault(text: string, index: number): string {
  if (text.trim() === '') return 'the body is empty'
  if (index >= text.length) return 'it breaks off'
  return `it stops making sense with ${JSON.stringify(text.slice(index, index + 20))}`
}
