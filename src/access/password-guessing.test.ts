import { beforeEach, describe, expect, it } from 'vitest'
import { TooManyRequests } from '../errors/app-error'
import { type PasswordGuess, PasswordGuessing } from './password-guessing'

const PER_MINUTE = 3
const WIDER = 10 * PER_MINUTE

let guessing: PasswordGuessing

beforeEach(() => {
  guessing = new PasswordGuessing(PER_MINUTE)
})

const guess = (more: Partial<PasswordGuess>): PasswordGuess => ({
  account: 'ada',
  password: 'a guess',
  network: 'a network',
  device: null,
  ...more,
})

/** A wrong one, if it is heard at all. */
function tryWrong(more: Partial<PasswordGuess>): 'heard' | 'refused' {
  const given = guess(more)
  try {
    guessing.addWrong(given, guessing.admit(given))
    return 'heard'
  } catch (error) {
    if (error instanceof TooManyRequests) return 'refused'
    throw error
  }
}
const isHeard = (more: Partial<PasswordGuess>) => {
  try {
    guessing.admit(guess(more))
    return true
  } catch {
    return false
  }
}

describe('wrong passwords', () => {
  it('of an account from a network hold up that account there, and nothing else', () => {
    for (let n = 0; n < PER_MINUTE; n++) expect(tryWrong({ password: `${n}` })).toBe('heard')
    expect(isHeard({ password: 'right' })).toBe(false)
    expect(isHeard({ password: 'right', network: 'another' })).toBe(true)
    expect(isHeard({ password: 'right', account: 'eve' })).toBe(true)
    expect(guessing.counters).toMatchObject({
      wrong: PER_MINUTE,
      refused: { password: 1 },
      slowed: 1,
    })
  })

  it('that are the same again and again are refused before they are compared, and no others', () => {
    const tried = Array.from({ length: 3 * PER_MINUTE }, () => tryWrong({}))
    expect(tried.filter((outcome) => outcome === 'heard')).toHaveLength(PER_MINUTE)
    expect(isHeard({ password: 'right' })).toBe(true)
  })

  it('of many accounts hold up the network', () => {
    for (let n = 0; n < WIDER; n++) expect(tryWrong({ account: `x${n}` })).toBe('heard')
    expect(isHeard({ account: 'eve' })).toBe(false)
    expect(isHeard({ account: 'eve', network: 'another' })).toBe(true)
    expect(guessing.counters.refused).toEqual({ password: 0, network: 1, account: 0 })
  })

  it('from many networks hold up the account, but no device that is known', () => {
    for (let n = 0; n < WIDER; n++) expect(tryWrong({ network: `n${n}` })).toBe('heard')
    expect(isHeard({ network: 'another' })).toBe(false)
    expect(guessing.counters.refused.account).toBe(1)
    expect(isHeard({ account: 'eve', network: 'another' })).toBe(true)
    expect(guessing.admit(guess({ network: 'n1', device: 'hers' }))).toEqual({
      kind: 'known',
      sharer: 'hers',
    })
  })

  it('of a known device are few, and it is a stranger then', () => {
    for (let n = 0; n < PER_MINUTE; n++) tryWrong({ password: `${n}`, device: 'hers' })
    expect(guessing.admit(guess({ device: 'hers' })).kind).toBe('stranger')
    for (let n = 0; n < PER_MINUTE; n++) tryWrong({ password: `${n}`, device: 'hers' })
    expect(isHeard({ password: 'right', device: 'hers' })).toBe(false)
    expect(isHeard({ password: 'right', device: 'his' })).toBe(true)
  })
})
