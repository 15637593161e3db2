import type { Trouble } from './trouble'

/** What streams say of the database: the data of an `error` frame. */
export interface DatabaseNotice {
  readonly error_type: 'database_away' | 'database_back' | 'disk_full' | 'database_locked'
  readonly message: string
}

interface NoticeReaders {
  /** All streams, once for each change. */
  readonly tellAll: (notice: DatabaseNotice) => void
  /** Pages, which may have been opened since. */
  readonly tellPages: (notice: DatabaseNotice) => void
}

const REPEAT_MS = 10_000

const AWAY: DatabaseNotice = {
  error_type: 'database_away',
  message: 'The database cannot be reached; events will follow when it is back',
}
const BACK: DatabaseNotice = {
  error_type: 'database_back',
  message: 'The database is back; what was missed follows',
}

/** Tells streams and pages that the database is away or takes no reports, why, and that it is over. */
export class DatabaseNotices {
  private isAvailable = true
  private trouble: Trouble | null = null
  private last = BACK
  private readonly timer: NodeJS.Timeout

  constructor(private readonly readers: NoticeReaders) {
    this.timer = setInterval(() => this.repeat(), REPEAT_MS)
  }

  setAvailable(isAvailable: boolean): void {
    this.isAvailable = isAvailable
    this.tell()
  }

  setTrouble(trouble: Trouble | null): void {
    this.trouble = trouble
    this.tell()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private tell(): void {
    const notice = noticeOf(this.isAvailable, this.trouble)
    if (notice.error_type === this.last.error_type && notice.message === this.last.message) return
    this.last = notice
    this.readers.tellAll(notice)
  }

  private repeat(): void {
    if (this.last !== BACK) this.readers.tellPages(this.last)
  }
}

function noticeOf(isAvailable: boolean, trouble: Trouble | null): DatabaseNotice {
  if (trouble?.kind === 'disk_full') {
    return { error_type: isAvailable ? 'disk_full' : 'database_away', message: trouble.message }
  }
  if (!isAvailable) return AWAY
  return trouble ? { error_type: 'database_locked', message: trouble.message } : BACK
}
