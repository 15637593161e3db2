import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs'
import { open, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A disk in memory, of a size that a test can fill. */
export interface TestDisk {
  folder: string
  remount(how: 'ro' | 'rw'): void
  /** Takes all the room there is, until `makeRoom`. */
  fill(): Promise<void>
  makeRoom(): Promise<void>
  remove(): void
}

export function mountDisk(folder: string, size: string): TestDisk {
  mkdirSync(folder, { recursive: true })
  mount('-t', 'tmpfs', '-o', `size=${size},mode=755`, 'muster-test', folder)
  // Lazily: it goes when the last program that uses it does.
  const remove = () => {
    execFileSync('umount', ['-l', folder], { stdio: 'ignore' })
    process.off('exit', remove)
  }
  process.once('exit', remove)
  const ballast = path.join(folder, 'ballast')
  return {
    folder,
    remount: (how) => mount('-o', `remount,${how}`, folder),
    async fill() {
      const file = await open(ballast, 'a')
      const block = Buffer.alloc(65_536, 1)
      try {
        while ((await statfs(folder)).bavail > 0) await file.write(block)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        await file.close()
      }
    },
    makeRoom: () => rm(ballast, { force: true }),
    remove,
  }
}

/** Containers and plain users may not mount anything. */
export function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const folder = mkdtempSync(path.join(tmpdir(), 'muster-mount-'))
  try {
    mountDisk(folder, '64k').remove()
    return true
  } catch {
    return false
  } finally {
    rmdirSync(folder)
  }
}

function mount(...args: string[]): void {
  execFileSync('mount', args, { stdio: 'ignore' })
}
