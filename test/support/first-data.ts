import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import { projectPath } from '../../src/config/project-path'
import { findServerUser } from '../../src/db/embedded/user'

const run = promisify(execFile)
const unpack = promisify(brotliDecompress)

/** A backup that version 0.1.0 made of `FIRST`; two of its projects, `harbour` and a recorded one, have reports. */
export const FIRST_BACKUP = projectPath('test', 'fixtures', 'backup-0.1.0.muster')

/** What the data and the backup of version 0.1.0 hold. */
export const FIRST = {
  email: 'lena@example.org',
  password: 'a long pass phrase',
  /** May report and read in `harbour`, and owns the view. */
  token: 'muster_bYQjdMJdtiz6suc-d1EFv7orviu0DsTjhvNb2r5uY9Q',
  debate: '5b0e9c1e-2f5a-4c39-8a44-0d6d5c1f7a10',
  view: 'Night shift',
} as const

/** Unpacks a data directory that version 0.1.0 has left, as the user that PostgreSQL will run as. */
export async function unpackFirstData(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true })
  const packed = await readFile(projectPath('test', 'fixtures', 'data-0.1.0.tar.br'))
  const archive = path.join(dataDir, 'data.tar')
  await writeFile(archive, await unpack(packed))
  await run('tar', ['-xf', archive, '-C', dataDir])
  const cluster = path.join(dataDir, 'postgres')
  await chmod(cluster, 0o700)
  const user = await findServerUser(dataDir)
  if (user) await run('chown', ['-R', `${user.uid}:${user.gid}`, cluster])
}
