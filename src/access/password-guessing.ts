import { LoginThrottle, tooMany } from './login-throttle'
import type { Asker } from './passwords'
import { RateLimit } from './rate-limit'

export interface PasswordGuess {
  /** As it was typed: whether there is such an account makes no difference. */
  readonly account: string
  readonly password: string
  readonly network: string
  /** By what the browser is known to have logged in to this account before; null: it is not. */
  readonly device: string | null
}

/** One network may try several accounts, and one account may be tried from several networks. */
const WIDER = 10
/** The cookie of a known device that was stolen must not be worth more than a few guesses. */
const OF_DEVICE = 5

/**
 * Slows down guesses of passwords: of each account from each network, of each network, and of each
 * account from all networks. A known device has a small number of its own, and none of the others
 * holds it up.
 */
export class PasswordGuessing {
  private readonly byPlace: LoginThrottle
  private readonly byNetwork: LoginThrottle
  private readonly byDevice: LoginThrottle
  private readonly byAccount: RateLimit
  private refusedByAccount = 0

  constructor(perMinute: number) {
    this.byPlace = new LoginThrottle(
      perMinute,
      'Too many wrong passwords for this account came from your address',
    )
    this.byNetwork = new LoginThrottle(
      perMinute * WIDER,
      'Too many wrong passwords came from your address',
    )
    this.byDevice = new LoginThrottle(Math.min(perMinute, OF_DEVICE), '')
    this.byAccount = new RateLimit(perMinute * WIDER)
  }

  /** Since the start, but `slowed`: accounts at networks, and networks, that have to wait now. */
  get counters() {
    const place = this.byPlace.counters
    const network = this.byNetwork.counters
    const device = this.byDevice.counters
    return {
      wrong: place.wrong + device.wrong,
      refused: {
        password: place.refused,
        network: network.refused,
        account: this.refusedByAccount,
      },
      slowed: place.slowed + network.slowed,
    }
  }

  /** Says among whom the password is to be compared. Throws TooManyRequests. */
  admit({ account, password, network, device }: PasswordGuess): Asker {
    if (device !== null && !this.byDevice.isLocked(device)) return { kind: 'known', sharer: device }
    this.byPlace.requireUnlocked(`${account}\n${network}`, password)
    this.byNetwork.requireUnlocked(network, `${account}\n${password}`)
    // What is right, or is not even compared, uses up nothing of it.
    const waitMs = this.byAccount.waitMs(account, 1)
    if (waitMs === 0) return { kind: 'stranger', sharer: network }
    this.refusedByAccount++
    throw tooMany('Too many wrong passwords are tried on this account', waitMs)
  }

  /** Throws TooManyRequests. */
  addWrong({ account, password, network, device }: PasswordGuess, { kind }: Asker): void {
    if (kind === 'known') {
      this.byDevice.note(device ?? '', password)
    } else {
      this.byAccount.charge(account, 1)
      this.byNetwork.note(network, `${account}\n${password}`)
      this.byPlace.add(`${account}\n${network}`, password)
    }
  }
}
