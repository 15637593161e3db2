import { matchAt, Runs, scan } from './scan'
import type { Secret } from './secret'

interface Shape {
  readonly name: string
  /** What it begins with. Short, so that it is cheap to find where there is no token. */
  readonly prefix: string
  /** What follows. Nothing may be required behind a repetition that has no bound. */
  readonly rest: string
}

/** What ends in the same letters, like `disk-` in `sk-`, is a word; `\n` before it is a line's end. */
function startOfWord(prefix: string): string {
  return String.raw`${prefix}(?<=(?:^|[^A-Za-z0-9]|\\[nrt])${prefix})`
}

/** Keys and tokens as their issuers document them; the whole is secret. */
const TOKEN_SHAPES: readonly Shape[] = [
  { name: 'AWS key', prefix: 'A(?:KIA|SIA|BIA|CCA)', rest: '[A-Z0-9]{16}(?![A-Za-z0-9])' },
  { name: 'GitHub token', prefix: 'gh[pousr]_', rest: '[A-Za-z0-9]{36,}' },
  { name: 'GitHub token', prefix: 'github_pat_', rest: '[A-Za-z0-9_]{22,}' },
  {
    name: 'GitLab token',
    prefix: 'gl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent|oas)-',
    rest: '[A-Za-z0-9_-]{20,}',
  },
  { name: 'Anthropic key', prefix: startOfWord('sk-ant-'), rest: '[A-Za-z0-9_-]{20,}' },
  {
    name: 'OpenAI key',
    prefix: startOfWord('sk-'),
    // Words with hyphens between them are the name of something.
    rest: '(?![a-z]{1,15}(?:-[a-z]{1,15}){1,20}(?![A-Za-z0-9_-]))[A-Za-z0-9_-]{20,}',
  },
  { name: 'Slack token', prefix: 'xox[abeoprs]-', rest: '[A-Za-z0-9-]{10,}' },
  { name: 'Slack token', prefix: startOfWord('xapp-'), rest: '[0-9]-[A-Za-z0-9-]{10,}' },
  { name: 'Slack webhook', prefix: 'hooks\\.slack\\.com/services/', rest: '[A-Za-z0-9/]{20,}' },
  {
    name: 'Discord webhook',
    prefix: 'discord(?:app)?\\.com/api/webhooks/',
    rest: '[0-9]{5,25}/[A-Za-z0-9_-]{40,}',
  },
  { name: 'Google key', prefix: 'AIza', rest: '[A-Za-z0-9_-]{35}' },
  { name: 'Google token', prefix: 'ya29\\.', rest: '[A-Za-z0-9_-]{20,}' },
  { name: 'Google secret', prefix: 'GOCSPX-', rest: '[A-Za-z0-9_-]{20,}' },
  { name: 'Stripe key', prefix: startOfWord('[rs]k_(?:live|test)_'), rest: '[A-Za-z0-9]{16,}' },
  { name: 'Stripe secret', prefix: startOfWord('whsec_'), rest: '[A-Za-z0-9+/=]{24,}' },
  { name: 'npm token', prefix: 'npm_', rest: '[A-Za-z0-9]{36}(?![A-Za-z0-9])' },
  { name: 'PyPI token', prefix: 'pypi-', rest: '[A-Za-z0-9_-]{50,}' },
  { name: 'Hugging Face token', prefix: startOfWord('hf_'), rest: '[A-Za-z0-9]{30,}' },
  {
    name: 'SendGrid key',
    prefix: startOfWord('SG\\.'),
    rest: '[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,}',
  },
  { name: 'DigitalOcean token', prefix: 'do[opr]_v1_', rest: '[a-f0-9]{64}' },
  { name: 'Docker token', prefix: 'dckr_[po]at_', rest: '[A-Za-z0-9_-]{20,}' },
  { name: 'Vault token', prefix: startOfWord('hv[sb]\\.'), rest: '[A-Za-z0-9_-]{24,}' },
  { name: 'Shopify token', prefix: 'shp(?:at|ca|pa|ss)_', rest: '[a-fA-F0-9]{32}' },
  { name: 'Linear key', prefix: 'lin_(?:api|oauth)_', rest: '[A-Za-z0-9]{32,}' },
  { name: 'Groq key', prefix: startOfWord('gsk_'), rest: '[A-Za-z0-9]{40,}' },
  { name: 'age key', prefix: 'AGE-SECRET-KEY-1', rest: '[A-Z0-9]{50,}' },
  {
    name: 'Muster cookie',
    prefix: 'muster_(?:session|person|device_[\\w-]{10})=',
    rest: '[^\\s"\'`;,&\\\\<>{}$]{6,}',
  },
  {
    name: 'Muster token',
    prefix: 'muster_',
    // The names of metrics and functions are in small letters.
    rest: '(?=[a-z_]{0,60}[A-Z0-9-])[A-Za-z0-9_-]{30,}',
  },
]

const PREFIX = new RegExp(TOKEN_SHAPES.map(({ prefix }) => `(${prefix})`).join('|'), 'g')
const RESTS = TOKEN_SHAPES.map(({ rest }) => new RegExp(withoutStack(rest), 'y'))

/**
 * `[a]{20,}` as `[a]{20}[a]*`: V8 remembers a place for each turn of the first, and throws a RangeError
 * where a token goes on for millions of characters.
 */
function withoutStack(pattern: string): string {
  return pattern.replace(/(\[[^\]]*\])\{(\d+),\}/g, '$1{$2}$1*')
}

/** Tokens that tell by their beginning what they are, also where a word runs into them. */
export function findTokens(text: string): Secret[] {
  const secrets: Secret[] = []
  scan(text, PREFIX, (match) => {
    const start = match.index
    const behind = start + match[0].length
    const index = match.findIndex((group, at) => at > 0 && group !== undefined) - 1
    const [shape, rest] = [TOKEN_SHAPES[index], RESTS[index]]
    const found = rest && matchAt(text, rest, behind)
    if (!shape || !found) return behind
    const end = behind + found[0].length
    secrets.push({ start, end, name: shape.name })
    return end
  })
  return secrets
}

const WEB_TOKEN = /eyJ/g
const URL_SAFE = /[A-Za-z0-9_-]+/y
const MIN_SIGNATURE = 10

/** `eyJ….eyJ….signature`: three parts of base64url, of which the first two hold JSON. */
export function findWebTokens(text: string): Secret[] {
  const secrets: Secret[] = []
  const header = new Runs(text, URL_SAFE)
  const payload = new Runs(text, URL_SAFE)
  const signature = new Runs(text, URL_SAFE)
  scan(text, WEB_TOKEN, ({ index: start }) => {
    const headerEnd = header.endAt(start)
    if (!text.startsWith('.eyJ', headerEnd)) return start
    const payloadEnd = payload.endAt(headerEnd + 1)
    if (text[payloadEnd] !== '.') return start
    const end = signature.endAt(payloadEnd + 1)
    if (end - payloadEnd <= MIN_SIGNATURE) return start
    secrets.push({ start, end, name: 'JSON web token' })
    return end
  })
  return secrets
}
