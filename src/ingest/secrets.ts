/** A shape that secrets have. The whole match goes, or its group `secret` where there is one. */
export interface SecretShape {
  readonly name: string
  readonly pattern: RegExp
}

/**
 * Keys, tokens, passwords and private keys as their issuers document them. Each pattern takes time
 * in proportion to the text: no nested repetition, every length bounded.
 */
export const SECRET_SHAPES: readonly SecretShape[] = [
  {
    name: 'private key',
    // Cut text may have lost its end.
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/g,
  },
  { name: 'AWS key', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g },
  {
    name: 'GitHub token',
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b/g,
  },
  { name: 'GitLab token', pattern: /\bgl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_-]{20,255}/g },
  { name: 'Anthropic key', pattern: /\bsk-ant-[A-Za-z0-9_-]{20,255}/g },
  { name: 'OpenAI key', pattern: /\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,255}/g },
  { name: 'Slack token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,255}/g },
  { name: 'Slack webhook', pattern: /\bhooks\.slack\.com\/services\/[A-Za-z0-9/]{20,100}/g },
  { name: 'Google key', pattern: /\bAIza[A-Za-z0-9_-]{35}/g },
  { name: 'Google token', pattern: /\bya29\.[A-Za-z0-9_-]{20,500}/g },
  { name: 'Stripe key', pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}/g },
  { name: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: 'PyPI token', pattern: /\bpypi-[A-Za-z0-9_-]{50,255}/g },
  { name: 'Hugging Face token', pattern: /\bhf_[A-Za-z0-9]{30,100}\b/g },
  { name: 'SendGrid key', pattern: /\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}/g },
  { name: 'DigitalOcean token', pattern: /\bdo[opr]_v1_[a-f0-9]{64}\b/g },
  { name: 'Muster token', pattern: /\bmuster_[A-Za-z0-9_-]{30,255}/g },
  {
    name: 'JSON web token',
    pattern: /\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}/g,
  },
  {
    name: 'password',
    // scheme://user:password@host
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/'"]{0,100}:(?<secret>[^\s@/'"]{1,200})@/gi,
  },
  {
    name: 'credential',
    pattern:
      /\bauthorization["']?\s{0,5}[:=]\s{0,5}["']?(?:bearer|basic|token)\s{1,5}(?<secret>[^\s"',;]{6,4000})/gi,
  },
  { name: 'credential', pattern: /\bbearer\s{1,5}(?<secret>[A-Za-z0-9._~+/=-]{16,4000})/gi },
  { name: 'password', pattern: assignment(String.raw`["']?\s{0,3}[:=]\s{0,3}`) },
  { name: 'password', pattern: assignment(String.raw`\s{1,3}`, '--') },
]

/** Fields whose text is a secret, whatever it looks like. */
export const SECRET_FIELD =
  /^(?:.*[_-])?(?:password|passwd|passphrase|secret|secret[_-]?key|api[_-]?key|apikey|access[_-]?key|auth[_-]?token|access[_-]?token|refresh[_-]?token|client[_-]?secret|private[_-]?key|authorization|cookie|set-cookie)$/i

/** `NAME=value`, `"name": "value"` or `--name value`, as in commands, environments and settings. */
function assignment(between: string, before = ''): RegExp {
  const names =
    'password|passwd|passphrase|pwd|secret|(?:secret|api|access|account)[_-]?key|(?:auth|access|refresh|private)[_-]?token|client[_-]?secret'
  // What begins like a variable or a substitution is a reference to a secret, not the secret.
  const value = String.raw`["']?(?<secret>(?![$<{[%])[^\s"'\x60,;&|)<>{}[\]$]{6,500})`
  return new RegExp(`${before}(?:${names})${between}${value}`, 'gi')
}
