import { type ServerPlace, SOCKET_PORT } from './address'

/** For a small server of one machine: one that only we reach, and that shares the machine. */
export const LOCAL_SETTINGS: Readonly<Record<string, string | number>> = {
  max_connections: 50,
  // No replica reads its log.
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '512MB',
  jit: 'off',
  timezone: 'UTC',
  // Failures of statements are reported by Muster; its file holds what happens to the server.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  // We read these messages.
  lc_messages: 'C',
}

/** Where the server listens, and nowhere else. */
export function listenSettings(place: ServerPlace): Readonly<Record<string, string | number>> {
  if (place.kind === 'tcp') {
    return { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: place.port }
  }
  return {
    listen_addresses: '',
    // A list, in which commas and spaces divide unless they are quoted.
    unix_socket_directories: `"${place.folder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port: SOCKET_PORT,
  }
}
