import { type Node, parseTree, visit } from 'jsonc-parser'

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

const STRICT = { disallowComments: true, allowTrailingComma: false }
const MAX_DEPTH = 500

/** Where everything is in a JSON text, so that a part of it can be changed and the rest stays. Throws JsonFault. */
export function parseJsonText(text: string): Node {
  // Some editors write a byte order mark; a space in its place keeps all offsets.
  const plain = text.replace(/^\uFEFF/, ' ')
  requireStrict(plain)
  const root = parseTree(plain)
  if (!root) throw faultAt(plain, plain.length, 'It says nothing')
  return root
}

/** What a part of the text says. */
export function readValue(text: string, { offset, length }: Node): unknown {
  return JSON.parse(text.slice(offset, offset + length))
}

function requireStrict(text: string): void {
  let depth = 0
  const open = (offset: number) => {
    // The parser recurses: its stack has to last.
    if (depth++ > MAX_DEPTH) throw faultAt(text, offset, 'It is nested too deeply')
  }
  const close = () => {
    depth--
  }
  visit(
    text,
    {
      onObjectBegin: open,
      onArrayBegin: open,
      onObjectEnd: close,
      onArrayEnd: close,
      onError: (_, offset) => {
        throw faultAt(text, offset, 'It stops making sense')
      },
    },
    STRICT,
  )
}

function faultAt(text: string, offset: number, message: string): JsonFault {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/)
  const what = offset >= text.length ? 'It breaks off' : message
  return new JsonFault(what, lines.length, (lines.at(-1)?.length ?? 0) + 1)
}
