import { requiringScram } from '../client'
import { ROLE } from './cluster'

/** Where the server is reached: by a socket in a folder of its own, or on a port of 127.0.0.1. */
export type ServerPlace =
  | { readonly kind: 'socket'; readonly folder: string }
  | { readonly kind: 'tcp'; readonly port: number }

/** The socket's name holds a port, though there is none: `.s.PGSQL.5432`. */
export const SOCKET_PORT = 5432

/** For Muster's own connections, to the database `muster`. */
export function addressOf(place: ServerPlace, password: string): string {
  const url = new URL(baseOf(place))
  url.password = password
  return requiringScram(url.href)
}

/** For psql and other programs of libpq: without the password, which they read from the file. */
export function addressForPsql(place: ServerPlace, passFile: string): string {
  return `${baseOf(place)}?passfile=${encodeURIComponent(passFile)}`
}

/** libpq and pg take a percent-encoded path for the host of a socket. */
function baseOf(place: ServerPlace): string {
  const host =
    place.kind === 'socket'
      ? `${encodeURIComponent(place.folder)}:${SOCKET_PORT}`
      : `127.0.0.1:${place.port}`
  return `postgres://${ROLE}@${host}/muster`
}
