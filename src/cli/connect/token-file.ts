import path from 'node:path'
import type { SettingsChange } from './settings-change'
import { readSettings } from './settings-file'

/** In the home, so that hooks in a project's settings find it on every machine that has it. */
export const TOKEN_FILE_NAME = '.muster-hooks.curl'

const FIRST = '# The token of Muster’s hooks: “muster connect” keeps it, curl -K reads it.'
const USER = '# for '
const HEADER = /^header = "Authorization: Bearer (.*)"$/
/** What a header may hold; anything else is no token that Muster would take. */
const TOKEN = /^[\x20-\x7e]+$/

export function tokenFileIn(home: string): string {
  return path.join(home, TOKEN_FILE_NAME)
}

export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * What the file with the token has to become, which curl reads so that the token is in no command
 * line. It names the settings files whose hooks read it: with the last one it goes. `token` null: the
 * hooks of these settings do without.
 */
export async function planTokenFile(
  file: string,
  settings: readonly string[],
  token: string | null,
): Promise<SettingsChange> {
  const before = await readSettings(file)
  const lines = before?.split('\n') ?? []
  const others = lines
    .filter((line) => line.startsWith(USER))
    .map((line) => line.slice(USER.length))
    .filter((other) => !settings.includes(other))
  const kept = lines.map((line) => HEADER.exec(line)?.[1]).find((found) => found !== undefined)
  const users = token === null ? others : [...others, ...settings]
  const value = token === null ? kept : quoted(token)
  const after = users.length === 0 || value === undefined ? null : textOf(users, value)
  return { file, before, after, folderToo: false, needsBackup: false, isSecret: true }
}

function textOf(users: readonly string[], value: string): string {
  const named = [...new Set(users)].sort().map((user) => `${USER}${user}`)
  return [FIRST, ...named, `header = "Authorization: Bearer ${value}"`, ''].join('\n')
}

/** As curl reads a text in quotes. */
function quoted(token: string): string {
  return token.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}
