import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './root.mjs'

/**
 * What is wrong with a package-lock.json, a line for each fault. Every package has to have the hash
 * by which npm knows its archive again, and none an address to load it from: npm would ask there,
 * whatever registry is set. `npmrc` has to tell npm to leave the addresses out.
 * @param {{ packages?: Record<string, { integrity?: string, resolved?: string }> }} lock
 * @param {string} npmrc
 * @returns {string[]}
 */
export function lockFaults(lock, npmrc) {
  const packages = Object.entries(lock.packages ?? {}).filter(([name]) => name !== '')
  const faults = packages.flatMap(([name, { integrity, resolved }]) => [
    ...(isStrong(integrity) ? [] : [`${name} has no sha512 integrity`]),
    ...(resolved === undefined ? [] : [`${name} has an address: ${resolved}`]),
  ])
  if (packages.length === 0) faults.push('package-lock.json names no package')
  if (!/^\s*omit-lockfile-registry-resolved\s*=\s*true\s*$/m.test(npmrc)) {
    faults.push('.npmrc does not say omit-lockfile-registry-resolved=true')
  }
  return faults
}

function isStrong(integrity) {
  return typeof integrity === 'string' && /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (name) => readFileSync(path.join(root, name), 'utf8')
  const faults = lockFaults(JSON.parse(read('package-lock.json')), read('.npmrc'))
  for (const fault of faults) console.log(fault)
  if (faults.length > 0) {
    console.log('How to mend it: CONTRIBUTING.md, “The lock file”')
    process.exitCode = 1
  }
}
