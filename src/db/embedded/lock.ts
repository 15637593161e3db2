import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isProcessAlive, processIdentity } from '../../process/process-identity'
import { EmbeddedPostgresError } from './error'

/** Keeps a second Muster off a data directory. */
export interface DataLock {
  setAddress(address: string): Promise<void>
  release(): Promise<void>
}

export interface Holder {
  pid: number
  identity: string
  address: string | null
}

/** The Muster that uses the directory now, if one does. */
export async function findHolder(dataDir: string): Promise<Holder | undefined> {
  const holder = parseHolder(await readFile(lockFile(dataDir), 'utf8').catch(() => ''))
  return holder && (await isHeld(holder)) ? holder : undefined
}

export async function lockDataDir(dataDir: string): Promise<DataLock> {
  const file = lockFile(dataDir)
  const mine: Holder = {
    pid: process.pid,
    identity: await processIdentity(process.pid),
    address: null,
  }
  while (!(await place(file, mine))) {
    const found = await readFile(file, 'utf8').catch(() => '')
    const holder = parseHolder(found)
    if (holder && (await isHeld(holder))) throw new EmbeddedPostgresError(refusal(dataDir, holder))
    await discard(file, found)
  }
  return {
    async setAddress(address) {
      mine.address = address
      const draft = besides(file)
      await writeFile(draft, JSON.stringify(mine))
      await rename(draft, file)
    },
    async release() {
      const held = parseHolder(await readFile(file, 'utf8').catch(() => ''))
      if (held?.pid === mine.pid && held.identity === mine.identity) await rm(file, { force: true })
    },
  }
}

function lockFile(dataDir: string): string {
  return path.join(dataDir, 'muster.lock')
}

/** Linking a finished file is atomic: no process reads a lock that is empty or half written. */
async function place(file: string, holder: Holder): Promise<boolean> {
  const draft = besides(file)
  try {
    await writeFile(draft, JSON.stringify(holder))
    await link(draft, file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * Removes the lock of a dead process, and only that one: two that start at once may both have read
 * it, and the slower one must not remove what the faster one has put in its place.
 */
async function discard(file: string, expected: string): Promise<void> {
  const aside = besides(file)
  await rename(file, aside).catch(() => undefined)
  const taken = await readFile(aside, 'utf8').catch(() => expected)
  if (taken !== expected) await link(aside, file).catch(() => undefined)
  await rm(aside, { force: true })
}

async function isHeld(holder: Holder): Promise<boolean> {
  if (!(await isProcessAlive(holder.pid))) return false
  // Two handles in one process must exclude each other too, so our own number proves nothing.
  return holder.identity === '' || holder.identity === (await processIdentity(holder.pid))
}

function besides(file: string): string {
  return `${file}.${randomBytes(4).toString('hex')}`
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, identity, address } = JSON.parse(text)
    if (!Number.isInteger(pid) || typeof identity !== 'string') return undefined
    return { pid, identity, address: typeof address === 'string' ? address : null }
  } catch {
    return undefined
  }
}

function refusal(dataDir: string, { pid, address }: Holder): string {
  const who = address ? `process ${pid} at ${address}` : `process ${pid}, which is starting`
  return `Another Muster (${who}) uses ${dataDir}: stop it, or set MUSTER_DATA_DIR and PORT for this one.`
}
