import { createHash, randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { type Binaries, program } from './binaries'
import { EmbeddedPostgresError } from './error'
import { run, type ServerUser } from './run'
import { canEnter } from './user'

/** PostgreSQL's superuser and the database that Muster uses. */
export const ROLE = 'muster'

const STATE_ROOT = '/var/lib/muster'

/** The real path of the data directory, which is made if need be, for the owner of its parent. */
export async function openDataDir(wanted: string): Promise<string> {
  const made = await mkdir(wanted, { recursive: true })
  if (made && process.getuid?.() === 0) {
    const { uid, gid } = await stat(path.dirname(made))
    for (let folder = path.resolve(wanted); ; folder = path.dirname(folder)) {
      await chown(folder, uid, gid)
      if (folder === path.resolve(made)) break
    }
  }
  return realpath(wanted)
}

/** Where PostgreSQL's own files may be: what is in the first place wins. */
export function clusterPlaces(dataDir: string, stateRoot = STATE_ROOT): [string, string] {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  return [path.join(stateRoot, name, 'postgres'), path.join(dataDir, 'postgres')]
}

/**
 * The folder of PostgreSQL's own files. It is kept out of the data directory only where root runs
 * the server as a user who cannot enter it, and then stays there, whatever happens to the modes.
 */
export async function placeCluster(
  dataDir: string,
  user: ServerUser | undefined,
  stateRoot = STATE_ROOT,
): Promise<string> {
  const [elsewhere, usual] = clusterPlaces(dataDir, stateRoot)
  if (!user) return usual
  if (await exists(elsewhere)) return elsewhere
  if (await canEnter(dataDir, user)) return usual
  if (await exists(usual)) {
    throw new EmbeddedPostgresError(
      `The user ${user.name}, who runs PostgreSQL, can no longer enter ${dataDir}: allow it (chmod o+x on the folders above), or set MUSTER_DATA_DIR.`,
    )
  }
  await mkdir(path.dirname(elsewhere), { recursive: true })
  for (const folder of [stateRoot, path.dirname(elsewhere)]) await chmod(folder, 0o755)
  return elsewhere
}

/** Creates the cluster unless it is there, whole or not at all. Returns its password. */
export async function ensureCluster(
  cluster: string,
  binaries: Binaries,
  user: ServerUser | undefined,
  { isDurable }: { isDurable: boolean },
): Promise<string> {
  await removeInterrupted(cluster)
  if (await isEmpty(cluster)) await createCluster(cluster, binaries, user, isDurable)
  await checkVersion(cluster, binaries)
  return readFile(passwordFile(cluster), 'utf8').catch(() => {
    throw new EmbeddedPostgresError(
      `The password file ${passwordFile(cluster)} cannot be read: put it back, or move ${cluster} away to start with an empty database.`,
    )
  })
}

async function createCluster(
  cluster: string,
  binaries: Binaries,
  user: ServerUser | undefined,
  isDurable: boolean,
): Promise<void> {
  const password = randomBytes(24).toString('hex')
  const draft = `${cluster}.init-${randomBytes(4).toString('hex')}`
  const input = `${draft}.password`
  try {
    await mkdir(draft, { mode: 0o700 })
    await writeFile(input, password, { mode: 0o600 })
    if (user) for (const file of [draft, input]) await chown(file, user.uid, user.gid)
    const access = ['-U', ROLE, '-A', 'scram-sha-256', `--pwfile=${input}`, '--no-instructions']
    const args = ['-D', draft, ...access, ...localeOptions(), ...(isDurable ? [] : ['--no-sync'])]
    const { code, output } = await run(program(binaries, 'initdb'), args, user)
    if (code !== 0) throw new EmbeddedPostgresError(initFailure(cluster, output))
    // Within PostgreSQL's folder: the password can't be lost apart from the data that it opens.
    await writeFile(passwordFile(draft), password, { mode: 0o600 })
    if (user) await chown(passwordFile(draft), user.uid, user.gid)
    // Renaming fails where an empty folder stands in its place on Windows only.
    await rm(cluster, { recursive: true, force: true })
    await rename(draft, cluster)
  } finally {
    await rm(draft, { recursive: true, force: true })
    await rm(input, { force: true })
  }
}

/**
 * The built-in provider sorts and folds UTF-8 the same on every system. What is left to the C
 * library, the classes of letters in full-text search, knows C.UTF-8 on Linux only.
 */
function localeOptions(): string[] {
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C'
  const builtin = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  return ['-E', 'UTF8', `--locale=${locale}`, ...builtin]
}

async function checkVersion(cluster: string, binaries: Binaries): Promise<void> {
  const file = path.join(cluster, 'PG_VERSION')
  const found = (await readFile(file, 'utf8').catch(() => '')).trim()
  const major = binaries.version.split('.')[0]
  if (found === major) return
  throw new EmbeddedPostgresError(
    found
      ? `The data in ${cluster} was written by PostgreSQL ${found} and this Muster brings PostgreSQL ${major}: take the data over as docs/upgrade.md says, start the Muster that wrote it, or move the folder away to start with an empty database.`
      : `The folder ${cluster} holds no PostgreSQL data but is not empty: move it away, or set MUSTER_DATA_DIR.`,
  )
}

async function removeInterrupted(cluster: string): Promise<void> {
  const folder = path.dirname(cluster)
  const prefix = `${path.basename(cluster)}.init-`
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix)) await rm(path.join(folder, name), { recursive: true, force: true })
  }
}

function initFailure(cluster: string, output: string): string {
  const reason = output
    .split('\n')
    .filter((line) => /error|fatal|hint|could not/i.test(line))
    .join(' ')
  return `The database could not be created in ${cluster} (${reason || output.slice(-300)}): check free space and rights there, or set DATABASE_URL.`
}

export function passwordFile(cluster: string): string {
  return path.join(cluster, 'muster.password')
}

/** The same as psql reads it, so that it stands in no command. */
export function psqlPasswordFile(cluster: string): string {
  return path.join(cluster, 'muster.pgpass')
}

/** Writes the file that psql reads the password from, for the owner of the cluster alone. */
export async function writePsqlPassword(
  cluster: string,
  password: string,
  user: ServerUser | undefined,
): Promise<void> {
  const file = psqlPasswordFile(cluster)
  const line = `*:*:*:${ROLE}:${password}\n`
  if ((await readFile(file, 'utf8').catch(() => '')) === line) return
  await rm(file, { force: true })
  await writeFile(file, line, { mode: 0o600, flag: 'wx' })
  if (user) await chown(file, user.uid, user.gid)
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}

async function isEmpty(folder: string): Promise<boolean> {
  if (!(await exists(folder))) return true
  return (await readdir(folder)).length === 0
}
