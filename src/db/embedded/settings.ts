/** For a small server of one machine: one that only we reach, and that shares the machine. */
export const LOCAL_SETTINGS: Readonly<Record<string, string | number>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 50,
  // Nobody replicates from it, so its log need not hold what replicas want.
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
