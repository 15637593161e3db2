import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from './config'

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
    })
    expect(config).toMatchObject({ host: '::1', port: 0, logLevel: 'info' })
    expect([config.databaseUrl, config.databaseListenUrl]).toEqual([url, url])
    expect(config.sse).toMatchObject({ maxConnections: 7, retryAfterSeconds: 5 })
  })

  it('names every value that is wrong in one message', () => {
    const wrong = {
      HOST: '0.0.0.0',
      PORT: 'http',
      DATABASE_URL: 'mysql://localhost/muster',
      DATABASE_LISTEN_URL: 'postgres',
      LOG_LEVEL: 'loud',
      SSE_HEARTBEAT_INTERVAL_SECONDS: '0',
      SSE_MAX_CONNECTIONS: '1.5',
      SSE_CONNECTION_TIMEOUT_SECONDS: '-1',
      SSE_RETRY_AFTER_SECONDS: 'soon',
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
