import { resolve } from 'node:path'
import type { z } from 'zod'
import { ConfigError } from './error'
import type { ConfigFile } from './file'
import { projectPath } from './project-path'
import { parsePath, type RedactionRules } from './redaction-rules'
import { schema, VARIABLES, type Values } from './schema'

export interface Config {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  readonly publicUrl: URL | null
  /** Names under which requests may arrive besides those of this machine, in lower case. */
  readonly allowedHosts: readonly string[]
  /** Other sites whose pages may use /api. */
  readonly corsOrigins: readonly string[]
  readonly trustedProxies: readonly string[]
  /** Opens everything to who knows it. Without it and without accounts, only this machine is served. */
  readonly token: string | null
  /** Under which cookies are kept; null: one that is made and kept in the database. */
  readonly authSecret: string | null
  /** Null: Muster runs a PostgreSQL of its own in `dataDir`. */
  readonly databaseUrl: string | null
  /** A direct connection for LISTEN, where `databaseUrl` leads through a pooler. */
  readonly databaseListenUrl: string | null
  readonly dataDir: string
  readonly logLevel: string
  readonly sse: {
    readonly heartbeatIntervalSeconds: number
    readonly maxConnections: number
    readonly connectionTimeoutSeconds: number
    readonly retryAfterSeconds: number
  }
  readonly retention: {
    /** Events older than this are removed. */
    readonly days: number
    /** So many of the newest events are kept; null: as many as there are. */
    readonly maxEvents: number | null
  }
  readonly limits: {
    readonly reportsPerMinute: number
    /** Of one token, else one address, as the next two; 0: without limit. */
    readonly eventsPerMinute: number
    readonly newSessionsPerMinute: number
    readonly newProjectsPerMinute: number
    readonly wrongTokensPerMinute: number
    readonly maxSockets: number
    readonly headerBytes: number
    readonly requestSeconds: number
  }
  readonly redact: RedactionRules
}

type Environment = Record<string, string | undefined>

const MIN_TOKEN_LENGTH = 16

/**
 * Puts environment and file together; the environment wins, and blank variables count as unset.
 * Throws ConfigError with all that is wrong at once.
 */
export function loadConfig(env: Environment, file: ConfigFile | null = null): Config {
  const given = structuredClone(isObject(file?.values) ? file.values : {})
  const fromEnvironment = overlay(given, env)
  const parsed = schema.safeParse(file && !isObject(file.values) ? file.values : given)
  const faults = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => describe(issue, fromEnvironment, file))
  const token = env.MUSTER_TOKEN?.trim() || null
  if (token !== null && token.length < MIN_TOKEN_LENGTH) {
    faults.push(`MUSTER_TOKEN: has to have at least ${MIN_TOKEN_LENGTH} characters`)
  }
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(
      `The configuration is wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
  }
  return freeze(toConfig(parsed.data, token))
}

/** Sets what the environment says and returns which variable it was, by the key's dotted path. */
function overlay(values: Record<string, unknown>, env: Environment): Map<string, string> {
  const used = new Map<string, string>()
  for (const { name, path, many } of VARIABLES) {
    const text = env[name]?.trim()
    if (!text) continue
    used.set(path.join('.'), name)
    const [section = '', key] = path
    const value = many
      ? text
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
      : text
    if (key === undefined) values[section] = value
    else values[section] = { ...(isObject(values[section]) ? values[section] : {}), [key]: value }
  }
  return used
}

function describe(
  issue: z.core.$ZodIssue,
  fromEnvironment: Map<string, string>,
  file: ConfigFile | null,
): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${placeOf([...issue.path, key], file)}: there is no such key`)
  }
  const [section, key] = issue.path
  const variable =
    fromEnvironment.get(issue.path.slice(0, 2).join('.')) ?? fromEnvironment.get(String(section))
  return [
    `${variable ?? placeOf(key === undefined ? [section ?? ''] : issue.path, file)}: ${issue.message}`,
  ]
}

function placeOf(path: readonly PropertyKey[], file: ConfigFile | null): string {
  const name = path.map(String).join('.')
  return file ? `${file.name}, line ${file.lineOf(path)}, ${name}` : name
}

function toConfig(values: Values, token: string | null): Config {
  const { server, database, sse, retention, limits, redact } = values
  const publicUrl = server.public_url === null ? null : new URL(server.public_url)
  const hosts = [...server.allowed_hosts, ...(publicUrl ? [publicUrl.hostname] : [])]
  return {
    host: server.host,
    port: server.port,
    publicUrl,
    allowedHosts: hosts.map((host) => host.toLowerCase()),
    corsOrigins: server.cors_origins,
    trustedProxies: server.trusted_proxies,
    token,
    authSecret: values.auth.secret,
    databaseUrl: database.url,
    databaseListenUrl: database.listen_url ?? database.url,
    dataDir: resolve(projectPath(), values.data_dir),
    logLevel: values.log_level,
    sse: {
      heartbeatIntervalSeconds: sse.heartbeat_interval_seconds,
      maxConnections: sse.max_connections,
      connectionTimeoutSeconds: sse.connection_timeout_seconds,
      retryAfterSeconds: sse.retry_after_seconds,
    },
    retention: { days: retention.days, maxEvents: retention.max_events },
    limits: {
      reportsPerMinute: limits.reports_per_minute,
      eventsPerMinute: limits.events_per_minute,
      newSessionsPerMinute: limits.new_sessions_per_minute,
      newProjectsPerMinute: limits.new_projects_per_minute,
      wrongTokensPerMinute: limits.wrong_tokens_per_minute,
      maxSockets: limits.max_sockets,
      headerBytes: limits.header_bytes,
      requestSeconds: limits.request_seconds,
    },
    redact: {
      defaults: redact.defaults,
      patterns: redact.patterns,
      paths: redact.paths.map((path) => parsePath(path) ?? []),
    },
  }
}

function freeze(config: Config): Config {
  Object.freeze(config.sse)
  Object.freeze(config.retention)
  Object.freeze(config.limits)
  Object.freeze(config.redact)
  return Object.freeze(config)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
