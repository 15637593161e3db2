import { ConfigError } from '../config/error'
import type { Config } from '../config/load'
import type { Access } from './access'

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/** Throws ConfigError where other machines could reach a Muster without authentication. */
export function requireAuthentication(
  { host }: Pick<Config, 'host'>,
  { isOpen }: Pick<Access, 'isOpen'>,
) {
  if (!isOpen || LOOPBACK.has(host)) return
  throw new ConfigError(
    [
      `Muster is to listen on ${host}, where others can reach it, and asks nobody who they are. Do one of these:`,
      '  set MUSTER_TOKEN to a long random text: openssl rand -base64 32',
      '  make an account:                        muster user create --email YOU@EXAMPLE.ORG --role admin',
    ].join('\n'),
  )
}
