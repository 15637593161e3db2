import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ConfigError } from './error'
import { parseConfigFile } from './file'
import { loadConfig } from './load'
import { projectPath } from './project-path'
import { schema, VARIABLES } from './schema'

describe('the configuration', () => {
  it('works without being given anything', () => {
    expect(loadConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 4690,
      databaseUrl: null,
      databaseListenUrl: null,
      logLevel: 'info',
      sse: {
        heartbeatIntervalSeconds: 30,
        maxConnections: 100,
        connectionTimeoutSeconds: 60,
        retryAfterSeconds: 5,
      },
      retention: { days: 90, maxEvents: null },
    })
  })

  it('takes what the environment says; blank means nothing', () => {
    const url = 'postgres://muster@localhost/muster'
    const config = loadConfig({
      HOST: '::1',
      PORT: '0',
      DATABASE_URL: url,
      SSE_MAX_CONNECTIONS: '7',
      SSE_RETRY_AFTER_SECONDS: ' ',
      LOG_LEVEL: '',
      MUSTER_RETENTION_DAYS: '7',
      MUSTER_RETENTION_MAX_EVENTS: '1000000',
    })
    expect(config.retention).toEqual({ days: 7, maxEvents: 1_000_000 })
    expect(config).toMatchObject({ host: '::1', port: 0, logLevel: 'info' })
    expect([config.databaseUrl, config.databaseListenUrl]).toEqual([url, url])
    expect(config.sse).toMatchObject({ maxConnections: 7, retryAfterSeconds: 5 })
  })

  it('names every value that is wrong in one message', () => {
    const wrong = {
      MUSTER_AUTH_SECRET: 'short',
      PORT: 'http',
      DATABASE_URL: 'mysql://localhost/muster',
      DATABASE_LISTEN_URL: 'postgres',
      LOG_LEVEL: 'loud',
      SSE_HEARTBEAT_INTERVAL_SECONDS: '0',
      SSE_MAX_CONNECTIONS: '1.5',
      SSE_CONNECTION_TIMEOUT_SECONDS: '-1',
      SSE_RETRY_AFTER_SECONDS: 'soon',
      MUSTER_RETENTION_DAYS: '0',
      MUSTER_RETENTION_MAX_EVENTS: 'all',
    }
    let message = ''
    try {
      loadConfig(wrong)
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError)
      message = (error as ConfigError).message
    }
    for (const name of Object.keys(wrong))
      expect(message).toMatch(new RegExp(`^  ${name}: \\S`, 'm'))
  })

  it('cannot be changed by whoever holds it', () => {
    const config = loadConfig({})
    expect(Object.isFrozen(config) && Object.isFrozen(config.sse)).toBe(true)
  })
})

describe('config.yaml', () => {
  const load = (text: string, env = {}) => loadConfig(env, parseConfigFile('config.yaml', text))

  it('in the project has every key with its default', () => {
    const file = parseConfigFile('config.yaml', readFileSync(projectPath('config.yaml'), 'utf8'))
    expect(loadConfig({}, file)).toEqual(loadConfig({}))
    expect(keysOf(file.values)).toEqual(keysOf(schema.parse({})))
    const text = readFileSync(projectPath('config.yaml'), 'utf8')
    for (const { name } of VARIABLES) expect(text, name).toContain(name)
  })

  it('is won over by the environment, key by key', () => {
    const text = 'server:\n  port: 5000\n  host: ::1\nsse:\n  max_connections: 3\n'
    const config = load(text, { PORT: '6000' })
    expect(config).toMatchObject({
      port: 6000,
      host: '::1',
      sse: { maxConnections: 3, retryAfterSeconds: 5 },
    })
  })

  it('has all that is wrong named with its line', () => {
    const text = [
      'server:',
      '  port: http',
      '  portt: 1',
      'log_level: loud',
      'redact:',
      '  patterns:',
      "    - '[a-z'",
      '  paths: [a..b]',
      'colour: red',
    ].join('\n')
    expect(() => load(text)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          /line 2, server\.port: .*[\s\S]*line 3, server\.portt: there is no such key[\s\S]*/,
        ),
      }),
    )
    for (const place of [
      'line 4, log_level',
      'line 7, redact.patterns.0',
      'line 8, redact.paths.0',
      'line 9, colour',
    ]) {
      expect(() => load(text)).toThrow(place)
    }
  })

  it.each([
    ['(a)\\1', 'invalid escape sequence'],
    ['a(?=b)', 'invalid or unsupported Perl syntax'],
    ['a{1,5000}', 'invalid repeat count'],
  ])('with the pattern %s does not start, and says why', (pattern, reason) => {
    expect(() => load(`redact:\n  patterns:\n    - '${pattern}'\n`)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(new RegExp(`line 3, redact\\.patterns\\.0: .*${reason}`)),
      }),
    )
  })

  it('that is no YAML is refused with the place', () => {
    expect(() => load('server:\n  port: [1\nsse')).toThrow(/config\.yaml: .* at line [23]/)
    expect(() => load('just text')).toThrow(ConfigError)
  })

  it('does not hold the token, which may not be short', () => {
    const token = 'x'.repeat(32)
    expect(load('', { MUSTER_TOKEN: token })).toMatchObject({ token })
    expect(() => load('', { MUSTER_TOKEN: 'short' })).toThrow('MUSTER_TOKEN')
  })
})

function keysOf(values: unknown, prefix = ''): string[] {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return [prefix]
  return Object.entries(values)
    .flatMap(([key, value]) => keysOf(value, `${prefix}.${key}`))
    .sort()
}
