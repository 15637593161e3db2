/**
 * A backup is gzipped: a line of JSON that says what is in it, the rows of each table as blocks, and
 * a line with the checksum of everything before it. A block is a line of JSON with its table and its
 * length, and that many bytes of what PostgreSQL's COPY gives and takes as text.
 */
export const FORMAT = 1

export interface BackupTable {
  name: string
  columns: string[]
  rows: number
  /** The last number that was given out for a column that counts by itself. */
  sequences: { column: string; last: number }[]
}

export interface BackupHeader {
  muster_backup: number
  /** The Muster that made it. */
  muster: string
  made_at: string
  postgres: string
  /** The migrations that had been applied, in their order. */
  migrations: string[]
  /** A table comes after those that it refers to. */
  tables: BackupTable[]
}

export interface BlockLine {
  table: string
  bytes: number
}

export interface EndLine {
  sha256: string
}
