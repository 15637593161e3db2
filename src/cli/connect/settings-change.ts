import {
  addHooks,
  gistOf,
  type Hooks,
  type IsOurs,
  removeHooks,
  UnsupportedFormat,
} from './hooks-file'
import { JsonFault } from './json-text'
import { addNotify, removeNotify } from './notify-config'
import { backUp, deleteSettings, readBackups, readSettings, writeSettings } from './settings-file'

/** What is to become of one file. Null: there is none, or there is to be none. */
export interface SettingsChange {
  file: string
  before: string | null
  after: string | null
  /** Whether a folder that is left with nothing in it goes as well. */
  folderToo: boolean
  /** Whether anything would be lost with the text before. */
  needsBackup: boolean
  /** Its content is never printed, and only its owner may read it. */
  isSecret?: boolean
}

/** The file says what we cannot read, so it stays as it is. */
export class SettingsConflict extends Error {}

interface HooksPlace {
  file: string
  isOurs: IsOurs
  folderToo: boolean
}

export async function planHooks(
  { file, isOurs, folderToo }: HooksPlace,
  wanted: Hooks,
): Promise<SettingsChange> {
  const before = await readSettings(file)
  return reading(file, () => {
    const after = addHooks(before ?? '', wanted, isOurs)
    const rest = before === null ? null : removeHooks(before, isOurs)
    const isAllOurs = rest !== before && gistOf(rest ?? '') === '{}'
    return { file, before, after, folderToo, needsBackup: before !== null && !isAllOurs }
  })
}

export async function planWithoutHooks({
  file,
  isOurs,
  folderToo,
}: HooksPlace): Promise<SettingsChange> {
  const before = await readSettings(file)
  const rest = reading(file, () => (before === null ? null : removeHooks(before, isOurs)))
  if (rest === null || rest === before) return unchanged(file, before)
  const gist = gistOf(rest)
  const isRest = (backup: string) => gistOfBackup(backup) === gist
  const after = await asItWas(file, rest, isRest, gist === '{}')
  return { file, before, after, folderToo, needsBackup: after !== null }
}

/** Null where another program uses `notify`. */
export async function planNotify(
  file: string,
  program: readonly string[],
): Promise<SettingsChange | null> {
  const before = await readSettings(file)
  const after = addNotify(before ?? '', program)
  if (after === null) return null
  const isAllOurs = before !== null && before !== '' && removeNotify(before) === ''
  return { file, before, after, folderToo: false, needsBackup: before !== null && !isAllOurs }
}

export async function planWithoutNotify(file: string): Promise<SettingsChange> {
  const before = await readSettings(file)
  const rest = before === null ? null : removeNotify(before)
  if (rest === null || rest === before) return unchanged(file, before)
  const after = await asItWas(file, rest, (backup) => backup === rest, rest === '')
  return { file, before, after, folderToo: false, needsBackup: after !== null }
}

/** Makes the change, after a backup if it needs one, whose name is returned. */
export async function makeChange(change: SettingsChange): Promise<string | null> {
  const { file, before, after, folderToo, needsBackup, isSecret = false } = change
  if ((await readSettings(file)) !== before) {
    throw new Error(`${file} has changed in the meantime: run the command once more`)
  }
  const backup = needsBackup ? await backUp(file) : null
  if (after === null) await deleteSettings(file, folderToo)
  else await writeSettings(file, after, isSecret ? 0o600 : undefined)
  return backup
}

function unchanged(file: string, text: string | null): SettingsChange {
  return { file, before: text, after: text, folderToo: false, needsBackup: false }
}

/**
 * What is left once ours is gone says no more how lists with nothing in them were written, and
 * whether there was a file at all. A backup from before us tells.
 */
async function asItWas(
  file: string,
  rest: string,
  isRest: (backup: string) => boolean,
  isNothing: boolean,
): Promise<string | null> {
  const backups = await readBackups(file)
  return backups.find(isRest) ?? (isNothing ? null : rest)
}

function gistOfBackup(text: string): string | null {
  try {
    return gistOf(text)
  } catch {
    return null
  }
}

function reading<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof JsonFault || error instanceof UnsupportedFormat)) throw error
    throw new SettingsConflict(`${file} is left alone: ${error.message}`)
  }
}
