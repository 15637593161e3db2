import { endOf, matchAt, Runs, scan } from './scan'
import type { Secret } from './secret'
import { isPlaceholder, isPlainWords } from './value'

const HEADER_NAME = /authorization|bearer|cookie/gi
const BETWEEN = String.raw`\\{0,4}["'\`]?\]?\s{0,3}(?:[:=]|=>|,\s{0,40})\s{0,3}\\{0,4}["'\`]?`
/** In a list of headers the value is the next text. */
const NEXT_ITEM = String.raw`\\{0,4}["'\`]\s{0,3},\s{0,40}\\{0,4}["'\`]`
const AUTHORIZATION = new RegExp(
  String.raw`${BETWEEN}(?:(?:(?:basic|bearer|token|apikey|key|negotiate)(?:\s|%20|\+){1,5}|(digest|aws4-hmac-sha256)\s{1,5}))?`,
  'iy',
)
const CREDENTIAL = /[^\s"'`,;\\<>{}]+/y
const MIN_CREDENTIAL = 6
const REST_OF_LINE = /[^\r\n"'`\\]+/y
const BEARER = /(?:\s|%20){1,5}(?=[A-Za-z0-9._~+/=-]{16})/iy
const COOKIE = new RegExp(
  String.raw`(?:${BETWEEN.replace(String.raw`|,\s{0,40}`, '')}|${NEXT_ITEM})(?=[\w!#$%&*+.^|~-]{1,100}=[^\s"'\`\\;=])`,
  'iy',
)

/** What follows `Authorization:`, `Bearer` and `Cookie:`, as in requests, commands and code. */
export function findHeaders(text: string): Secret[] {
  const secrets: Secret[] = []
  const credentials = new Runs(text, CREDENTIAL)
  scan(text, HEADER_NAME, (match) => {
    const behind = match.index + match[0].length
    const found = readers[match[0].toLowerCase()]?.(text, behind, credentials)
    if (!found) return behind
    secrets.push(found)
    return found.end
  })
  return secrets
}

const readers: Readonly<
  Record<string, (text: string, at: number, credentials: Runs) => Secret | null>
> = {
  authorization: (text, at, credentials) => {
    const between = matchAt(text, AUTHORIZATION, at)
    if (between === null) return null
    const start = at + between[0].length
    const isLine = between[1] !== undefined
    const end = isLine ? endOf(text, REST_OF_LINE, start) : credentials.endAt(start)
    const value = text.slice(start, end)
    const hasScheme = /[a-z](?:\s|%20|\+)+$/i.test(between[0])
    const isSaid = isPlaceholder(value) || (!hasScheme && !isKey(value))
    return value.length < MIN_CREDENTIAL || isSaid ? null : credential(start, value)
  },
  bearer: (text, at, credentials) => {
    const between = matchAt(text, BEARER, at)
    if (between === null) return null
    const start = at + between[0].length
    const value = text.slice(start, credentials.endAt(start))
    return value === '' || isPlainWords(value) ? null : credential(start, value)
  },
  cookie: (text, at) => {
    const between = matchAt(text, COOKIE, at)
    if (between === null) return null
    const start = at + between[0].length
    const value = matchAt(text, REST_OF_LINE, start)?.[0] ?? ''
    return value === '' ? null : { start, end: start + value.length, name: 'cookie' }
  },
}

/** Without a scheme before it: no word, no call of a function. */
function isKey(value: string): boolean {
  const start = value.slice(0, 400)
  return start.length >= 8 && /\d/.test(start) && !isPlainWords(start) && !/[()]/.test(start)
}

function credential(start: number, value: string): Secret {
  return { start, end: start + value.length, name: 'credential' }
}
