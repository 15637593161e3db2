import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import pg from 'pg'

/**
 * What an address asks for with `require_auth=scram-sha-256`, the parameter of libpq for the same:
 * the server has to prove that it knows the password, which is never sent to it.
 */
const REQUIRED = 'scram-sha-256'

/** The part of pg's connection that its types leave out. */
interface Wire extends EventEmitter {
  readonly stream: Duplex
}

/** pg's client, which keeps to `require_auth=scram-sha-256` in the address that it is given. */
export class DatabaseClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    const address = typeof config === 'string' ? config : config?.connectionString
    if (address && requiresScram(address)) requireScram(this)
  }
}

/** The address of a server that has to prove that it knows the password. */
export function requiringScram(address: string): string {
  const url = new URL(address)
  url.searchParams.set('require_auth', REQUIRED)
  return url.href
}

function requiresScram(address: string): boolean {
  return URL.canParse(address) && new URL(address).searchParams.get('require_auth') === REQUIRED
}

/** Heard before pg's own listeners, which it adds when it connects and which would answer. */
function requireScram(client: pg.Client): void {
  const { connection } = client as unknown as { connection: Wire }
  let isProven = false
  const refuse = (what: string) => {
    const error = new Error(`The database server ${what}: it is not the one that Muster started`)
    // What pg asks for its answer; without any password it would look into ~/.pgpass.
    Object.assign(client, { password: () => Promise.reject(error) })
    connection.stream.destroy(error)
  }
  connection.on('authenticationCleartextPassword', () => refuse('asks for the password itself'))
  connection.on('authenticationMD5Password', () => refuse('asks for an MD5 hash of the password'))
  connection.on('authenticationSASLFinal', () => {
    isProven = true
  })
  connection.on('authenticationOk', () => {
    if (!isProven) refuse('does not prove that it knows the password')
  })
}
