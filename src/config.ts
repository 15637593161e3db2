import { z } from 'zod'
import { projectPath } from './db/project-path'

export interface Config {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
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
}

/** The environment is wrong; the message names every variable that is, and why. */
export class ConfigError extends Error {}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost']
const DAY_SECONDS = 86_400

const seconds = (fallback: number) =>
  z.coerce.number().positive().max(DAY_SECONDS).default(fallback)

const environment = z.object({
  HOST: z
    .string()
    .default('127.0.0.1')
    .refine((host) => LOOPBACK.includes(host), {
      error: `has to be one of ${LOOPBACK.join(', ')}: Muster has no sign-in yet, so it serves this machine only`,
    }),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4690),
  DATABASE_URL: postgresUrl(),
  DATABASE_LISTEN_URL: postgresUrl(),
  MUSTER_DATA_DIR: z.string().default(projectPath('.muster')),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  SSE_HEARTBEAT_INTERVAL_SECONDS: seconds(30),
  SSE_MAX_CONNECTIONS: z.coerce.number().int().min(1).max(100_000).default(100),
  SSE_CONNECTION_TIMEOUT_SECONDS: seconds(60),
  SSE_RETRY_AFTER_SECONDS: z.coerce.number().int().min(1).max(3_600).default(5),
})

/** Reads the environment. Blank variables count as unset. Throws ConfigError with all that is wrong. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new ConfigError(`The configuration is wrong:\n${faults.join('\n')}`)
  }
  const values = parsed.data
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    databaseUrl: values.DATABASE_URL ?? null,
    databaseListenUrl: values.DATABASE_LISTEN_URL ?? values.DATABASE_URL ?? null,
    dataDir: values.MUSTER_DATA_DIR,
    logLevel: values.LOG_LEVEL,
    sse: Object.freeze({
      heartbeatIntervalSeconds: values.SSE_HEARTBEAT_INTERVAL_SECONDS,
      maxConnections: values.SSE_MAX_CONNECTIONS,
      connectionTimeoutSeconds: values.SSE_CONNECTION_TIMEOUT_SECONDS,
      retryAfterSeconds: values.SSE_RETRY_AFTER_SECONDS,
    }),
  })
}

function postgresUrl() {
  return z
    .string()
    .refine((text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text), {
      error: 'has to be an address like postgres://user:password@host:5432/database',
    })
    .optional()
}
