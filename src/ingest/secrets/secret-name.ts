/**
 * What the name of a field says about its value: `password` and `secret` are secret whatever they look
 * like, and of a `password` all that lies below it; `perhaps` is one if it looks random.
 */
export type NameKind = 'password' | 'secret' | 'perhaps' | 'none'

/** Most names are none, and this tells it at once. */
const HINT = /pass|pwd|secret|token|key|auth|cookie|cred|jwt/i
const MAX_NAME = 100

const PASSWORD = /(?:password|passwort|passwd|passphrase|passcode|passwords)$/
/** Whose `pass` is a password; that of a test or a renderer is not. */
const PASS_OF =
  'db|database|sql|mysql|mariadb|pg|postgres|postgresql|mongo|mongodb|redis|rabbitmq|amqp|ldap|smtp|imap|mail|email|ftp|sftp|ssh|sudo|proxy|http|basic|auth|login|user|usr|admin|root|account|client|server|service|svc|host|app|api|registry|docker|key|keystore|store|truststore|cert|wifi|wpa|vpn|jdbc|my'
const PASS = new RegExp(`^(?:${PASS_OF})$`)
const JOINED_PASS = new RegExp(`^(?:${PASS_OF})pass$`)

const KEY_OF =
  /^(?:api|secret|access|account|private|signing|encryption|master|auth|storage|shared|session|hmac|jwt|deploy|admin|consumer|subscription)$/
const JOINED_KEY = /(?:api|secret|access|account|private|signing|encryption|master|auth|shared)key$/

const TOKEN_OF =
  /^(?:auth|access|refresh|private|bearer|api|personal|security|oauth|secret|bot|session|deploy|identity|id)$/
const JOINED_TOKEN = /(?:auth|access|refresh|private|bearer|api|secret)token$/
/** Places in a list, or parts of a text. */
const PLAIN_TOKEN_OF =
  /^(?:page|paging|pagination|next|prev|previous|continuation|sync|cursor|resume|start|stop|end|first|last|max|min|num|eos|bos|pad|unk|mask|sep|cls|special|input|output|text|image|cancellation|cancel|abort|design|type|syntax)$/

/** Of names seen lately: the same ones come again and again. */
const known = new Map<string, NameKind>()
const MAX_KNOWN = 1_000

/** Whether `dbPassword`, `DB_PASS`, `x-api-key` and the like name a secret. */
export function kindOfName(name: string): NameKind {
  const end = name.length > MAX_NAME ? name.slice(-MAX_NAME) : name
  if (!HINT.test(end)) return 'none'
  const found = known.get(end)
  if (found !== undefined) return found
  if (known.size >= MAX_KNOWN) known.clear()
  const kind = judge(end)
  known.set(end, kind)
  return kind
}

function judge(name: string): NameKind {
  const words = wordsOf(name)
  const last = words.at(-1) ?? ''
  const before = words.at(-2) ?? ''
  if (PASSWORD.test(last) || isPwd(last, before, name)) return 'password'
  if (last === 'pass') return PASS.test(before) ? 'password' : 'perhaps'
  if (JOINED_PASS.test(last)) return 'password'
  if (/secret$/.test(last) || (before === 'key' && last === 'base')) return 'secret'
  if (last === 'key' || last === 'keys') return KEY_OF.test(before) ? 'secret' : 'none'
  if (JOINED_KEY.test(last)) return 'secret'
  if (last === 'token') return kindOfToken(before)
  if (JOINED_TOKEN.test(last)) return 'secret'
  if (/^(?:authorization|cookie)$/.test(last)) return 'secret'
  return /^(?:auth|credentials?|creds?|jwt)$|token$/.test(last) ? 'perhaps' : 'none'
}

function kindOfToken(before: string): NameKind {
  if (PLAIN_TOKEN_OF.test(before)) return 'none'
  return TOKEN_OF.test(before) ? 'secret' : 'perhaps'
}

/** A shell's `PWD` and `OLDPWD` are folders. */
function isPwd(last: string, before: string, name: string): boolean {
  if (last === 'pwd') return before !== 'old' && !(before === '' && name.endsWith('PWD'))
  return /^(?:my)?(?:sql|db|user|admin|pg)pwd$/.test(last)
}

/** `dbPassword2`, `DB_PASSWORD_2` and `db-password` are `db`, `password`. */
function wordsOf(name: string): string[] {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
  return words.filter((word) => word !== '')
}
