import { z } from 'zod'
import { parseNetwork } from './network'
import { parsePath, patternFault } from './redaction-rules'

const DAY_SECONDS = 86_400
const seconds = (fallback: number) =>
  z.coerce.number().positive().max(DAY_SECONDS).default(fallback)
const count = (fallback: number, max: number) =>
  z.coerce.number().int().min(1).max(max).default(fallback)
/** 0 switches the limit off. */
const countOrOff = (fallback: number) =>
  z.coerce.number().int().min(0).max(1_000_000_000).default(fallback)
const list = <T extends z.ZodType>(item: T) => z.array(item).max(1_000).default([])
const text = z.string().trim().min(1).max(2_000)

/** Every key of config.yaml, as it is written there, with its default. */
export const schema = z.strictObject({
  server: z
    .strictObject({
      host: text.default('127.0.0.1'),
      port: z.coerce.number().int().min(0).max(65_535).default(4690),
      public_url: text
        .refine(isPublicUrl, 'has to be an address like https://muster.example.org')
        .nullable()
        .default(null),
      allowed_hosts: list(text.regex(/^[\w.:[\]-]+$/, 'has to be the name of a host')),
      cors_origins: list(
        text.refine(isOrigin, 'has to be like https://app.example.org, without a path'),
      ),
      trusted_proxies: list(
        text.refine(
          (network) => parseNetwork(network) !== null,
          'has to be an IP address, or a network like 10.0.0.0/8',
        ),
      ),
    })
    .prefault({}),
  database: z
    .strictObject({
      url: postgresUrl(),
      listen_url: postgresUrl(),
    })
    .prefault({}),
  auth: z
    .strictObject({
      secret: text.min(32, 'has to have at least 32 characters').nullable().default(null),
    })
    .prefault({}),
  data_dir: text.default('.muster'),
  log_level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  sse: z
    .strictObject({
      heartbeat_interval_seconds: seconds(30),
      max_connections: count(100, 100_000),
      connection_timeout_seconds: seconds(60),
      retry_after_seconds: count(5, 3_600),
    })
    .prefault({}),
  retention: z
    .strictObject({
      days: count(90, 36_500),
      max_events: z.coerce.number().int().min(1).max(1e12).nullable().default(null),
    })
    .prefault({}),
  limits: z
    .strictObject({
      reports_per_minute: count(30_000, 10_000_000),
      events_per_minute: countOrOff(2_000_000),
      new_sessions_per_minute: countOrOff(3_000),
      new_projects_per_minute: countOrOff(600),
      wrong_tokens_per_minute: count(10, 10_000),
      max_sockets: count(2_000, 1_000_000),
      header_bytes: z.coerce.number().int().min(1_024).max(1_048_576).default(16_384),
      request_seconds: seconds(30),
    })
    .prefault({}),
  redact: z
    .strictObject({
      defaults: z.union([z.boolean(), z.stringbool()]).default(true),
      patterns: list(text.superRefine(requirePattern)),
      paths: list(
        text.refine((path) => parsePath(path) !== null, 'has to be like tool_input.env.*'),
      ),
    })
    .prefault({}),
})

export type Values = z.infer<typeof schema>

/** Which variable of the environment stands for which key; `many` takes several, with commas. */
export const VARIABLES: readonly { name: string; path: readonly string[]; many?: true }[] = [
  { name: 'HOST', path: ['server', 'host'] },
  { name: 'PORT', path: ['server', 'port'] },
  { name: 'MUSTER_PUBLIC_URL', path: ['server', 'public_url'] },
  { name: 'MUSTER_ALLOWED_HOSTS', path: ['server', 'allowed_hosts'], many: true },
  { name: 'MUSTER_CORS_ORIGINS', path: ['server', 'cors_origins'], many: true },
  { name: 'MUSTER_TRUSTED_PROXIES', path: ['server', 'trusted_proxies'], many: true },
  { name: 'DATABASE_URL', path: ['database', 'url'] },
  { name: 'DATABASE_LISTEN_URL', path: ['database', 'listen_url'] },
  { name: 'MUSTER_AUTH_SECRET', path: ['auth', 'secret'] },
  { name: 'MUSTER_DATA_DIR', path: ['data_dir'] },
  { name: 'LOG_LEVEL', path: ['log_level'] },
  { name: 'SSE_HEARTBEAT_INTERVAL_SECONDS', path: ['sse', 'heartbeat_interval_seconds'] },
  { name: 'SSE_MAX_CONNECTIONS', path: ['sse', 'max_connections'] },
  { name: 'SSE_CONNECTION_TIMEOUT_SECONDS', path: ['sse', 'connection_timeout_seconds'] },
  { name: 'SSE_RETRY_AFTER_SECONDS', path: ['sse', 'retry_after_seconds'] },
  { name: 'MUSTER_RETENTION_DAYS', path: ['retention', 'days'] },
  { name: 'MUSTER_RETENTION_MAX_EVENTS', path: ['retention', 'max_events'] },
  { name: 'MUSTER_REPORTS_PER_MINUTE', path: ['limits', 'reports_per_minute'] },
  { name: 'MUSTER_EVENTS_PER_MINUTE', path: ['limits', 'events_per_minute'] },
  { name: 'MUSTER_NEW_SESSIONS_PER_MINUTE', path: ['limits', 'new_sessions_per_minute'] },
  { name: 'MUSTER_NEW_PROJECTS_PER_MINUTE', path: ['limits', 'new_projects_per_minute'] },
  { name: 'MUSTER_WRONG_TOKENS_PER_MINUTE', path: ['limits', 'wrong_tokens_per_minute'] },
  { name: 'MUSTER_MAX_SOCKETS', path: ['limits', 'max_sockets'] },
  { name: 'MUSTER_HEADER_BYTES', path: ['limits', 'header_bytes'] },
  { name: 'MUSTER_REQUEST_SECONDS', path: ['limits', 'request_seconds'] },
  { name: 'MUSTER_REDACT_DEFAULTS', path: ['redact', 'defaults'] },
]

function postgresUrl() {
  return text
    .refine(
      (url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url),
      'has to be an address like postgres://user:password@host:5432/database',
    )
    .nullable()
    .default(null)
}

function isPublicUrl(url: string): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url)
}

/** As browsers write it: a scheme and a host, in lower case, and a port where it is not the usual one. */
function isOrigin(origin: string): boolean {
  return /^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin
}

function requirePattern(pattern: string, context: z.RefinementCtx): void {
  const fault = patternFault(pattern)
  if (fault === null) return
  const message = `is not a regular expression as RE2 takes them: ${fault}`
  context.addIssue({ code: 'custom', message })
}
