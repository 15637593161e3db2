/** A backup that cannot be made or used. The message says what is wrong and what to do about it. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}
