import { matchAt, scan } from './scan'
import type { Secret } from './secret'
import { kindOfName } from './secret-name'
import { isPlaceholder, looksRandom } from './value'

const AUTHORITY = /:\/\//g
/** `user:password@`; a password may hold `@`, the last one ends it. */
const USER_INFO = /([^\s:@/'"`<>?#\\]{0,100}):([^\s/'"`<>\\]{1,300})@/y
const TOKEN_AS_USER = /([A-Za-z0-9_-]{20,300})@/y

/** Passwords in addresses like `postgres://user:password@host`, and tokens in the user's place. */
export function findUrlPasswords(text: string): Secret[] {
  const secrets: Secret[] = []
  scan(text, AUTHORITY, (match) => {
    const at = match.index + 3
    const found = matchAt(text, USER_INFO, at)
    const [, user = '', password = ''] = found ?? []
    if (found && !isPlaceholder(password)) {
      const start = at + user.length + 1
      secrets.push({ start, end: start + password.length, name: 'password' })
    }
    const token = found ? user : (matchAt(text, TOKEN_AS_USER, at)?.[1] ?? '')
    if (token.length >= 20 && looksRandom(token)) {
      secrets.push({ start: at, end: at + token.length, name: 'token' })
    }
    return at
  })
  return secrets
}

const PARAMETER = /[?&;]([A-Za-z][\w.-]{1,40})=([^\s&;"'`<>#\\)(,|{}[\]]+)/g
const SIGNATURE = /^(?:sig|signature|x-(?:amz|goog)-(?:signature|security-token|credential))$/i
const MIN_VALUE = 4

/** Values of `?token=…`, `&sig=…`, `&X-Amz-Signature=…` and the like. */
export function findUrlParameters(text: string): Secret[] {
  const secrets: Secret[] = []
  scan(text, PARAMETER, (match) => {
    const [whole, name = '', value = ''] = match
    const end = match.index + whole.length
    if (value.length >= MIN_VALUE && !isPlaceholder(value) && isSecretParameter(name, value)) {
      secrets.push({ start: end - value.length, end, name: name.slice(0, 40) })
    }
    return end
  })
  return secrets
}

function isSecretParameter(name: string, value: string): boolean {
  if (/^(?:token|pass|jwt)$/i.test(name) || SIGNATURE.test(name)) return true
  const kind = kindOfName(name)
  if (kind === 'password' || kind === 'secret') return true
  return (kind === 'perhaps' || /^(?:key|code)$/i.test(name)) && looksRandom(value)
}
