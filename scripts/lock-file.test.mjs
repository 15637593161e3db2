import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lockFaults } from './lock-file.mjs'

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const LOCK = read('package-lock.json')
const NPMRC = read('.npmrc')

/** The lock file of the project, with this package changed. */
function locked(change) {
  const lock = JSON.parse(LOCK)
  change(lock.packages['node_modules/pg'])
  return lock
}

describe('The lock file', () => {
  it('of the project is whole', () => {
    expect(lockFaults(JSON.parse(LOCK), NPMRC)).toEqual([])
  })

  it.each([
    ['no integrity', (entry) => delete entry.integrity, 'node_modules/pg has no sha512 integrity'],
    [
      'a weak one',
      (entry) => Object.assign(entry, { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }),
      'node_modules/pg has no sha512 integrity',
    ],
    [
      'an address',
      (entry) => Object.assign(entry, { resolved: 'https://packages.example/pg.tgz' }),
      'node_modules/pg has an address: https://packages.example/pg.tgz',
    ],
  ])('with a package that has %s is refused', (_, change, fault) => {
    expect(lockFaults(locked(change), NPMRC)).toEqual([fault])
  })

  it('without packages is refused, and so is npm’s own way of writing it', () => {
    expect(lockFaults({ packages: { '': {} } }, NPMRC)).toEqual([
      'package-lock.json names no package',
    ])
    expect(lockFaults(JSON.parse(LOCK), 'omit-lockfile-registry-resolved=false\n')).toEqual([
      '.npmrc does not say omit-lockfile-registry-resolved=true',
    ])
  })
})
