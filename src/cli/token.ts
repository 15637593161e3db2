import { RIGHTS, type Right } from '../access/rights'
import { type NewToken, Tokens } from '../access/tokens'
import { parseUuid } from '../log/uuid'
import { type Command, UsageError } from './command'
import type { CliContext } from './context'
import { withDatabase } from './database'
import { namesOfProjects, projectIdsOf } from './projects'
import { parseOptions, parseSubCommand, table } from './sub-command'

const HELP = `Tokens for machines: what they send as “Authorization: Bearer …”.

  muster token create --name NAME --rights RIGHT[,RIGHT] [--project SLUG]… [--expires TIME]
  muster token list
  muster token revoke ID

  --name     how you will know it again
  --rights   report: send reports; read: see everything; admin: both, and decide about others
  --project  only for this project, by its short name; as often as there are projects
  --expires  ends by itself after this time: 12h, 90d, 52w

A token is shown once, when it is made. A revoked one opens nothing from the next moment on, and
streams that are open under it end within seconds. The database is the one that "npm start" would use
here, whether Muster runs or not.
`

export const token: Command = {
  summary: 'makes, lists and revokes tokens for machines',
  help: HELP,
  run,
}

/** Who it was, in the log. */
const ACTOR = 'cli'
const SECONDS = { h: 3_600, d: 86_400, w: 604_800 } as const
const MAX_SECONDS = 10 * 365 * 86_400

async function run(args: string[], around: CliContext): Promise<number> {
  const { name, rest } = parseSubCommand(args, ['create', 'list', 'revoke'])
  if (name === 'create') return create(rest, around)
  return name === 'list' ? list(rest, around) : revoke(rest, around)
}

async function create(args: string[], around: CliContext): Promise<number> {
  const { values, positionals } = parseOptions(args, {
    name: { type: 'string' },
    rights: { type: 'string' },
    project: { type: 'string', multiple: true },
    expires: { type: 'string' },
  })
  if (positionals.length > 0) throw new UsageError(`There is no use for “${positionals[0]}”`)
  if (!values.name) throw new UsageError('Give it a name: --name')
  const wanted: Omit<NewToken, 'projectIds'> = {
    name: values.name,
    may: parseRights(values.rights ?? ''),
    expiresInSeconds: values.expires === undefined ? null : parseTime(values.expires),
  }
  const text = await withDatabase(around, async (db) => {
    const projectIds = await projectIdsOf(db, values.project ?? [])
    return (await new Tokens(db).create({ ...wanted, projectIds }, ACTOR)).text
  })
  around.print(text)
  around.complain('This is the only time that it is shown.')
  return 0
}

async function list(args: string[], around: CliContext): Promise<number> {
  if (args.length > 0) throw new UsageError(`There is no use for “${args[0]}”`)
  await withDatabase(around, async (db) => {
    const projects = await namesOfProjects(db)
    const rows = (await new Tokens(db).list()).map((found) => [
      found.id,
      found.name,
      found.rights.may.join(','),
      projects(found.rights.projectIds),
      found.lastUsedAt ? `used ${found.lastUsedAt.toISOString()}` : 'never used',
      endOf(found.expiresAt, found.isExpired),
    ])
    if (rows.length === 0) around.print('There is no token.')
    for (const line of table(rows)) around.print(line)
  })
  return 0
}

async function revoke(args: string[], around: CliContext): Promise<number> {
  const [text, more] = args
  if (!text || more !== undefined) {
    throw new UsageError('Name one token by its id: muster token list')
  }
  const id = parseUuid(text)
  if (id === null) {
    throw new UsageError(`“${text}” is no id of a token: “muster token list” shows them`)
  }
  const name = await withDatabase(around, (db) => new Tokens(db).revoke(id, ACTOR))
  if (name === null) throw new Error('There is no such token, or it was revoked before.')
  around.print(`“${name}” is revoked.`)
  return 0
}

function endOf(expiresAt: Date | null, isExpired: boolean): string {
  if (!expiresAt) return 'never ends'
  return `${isExpired ? 'ended' : 'ends'} ${expiresAt.toISOString()}`
}

function parseRights(text: string): Right[] {
  const given = text.split(',').map((part) => part.trim())
  const rights = RIGHTS.filter((right) => given.includes(right))
  if (rights.length > 0 && rights.length === new Set(given).size) return rights
  throw new UsageError(`--rights has to be some of ${RIGHTS.join(', ')}, with commas`)
}

function parseTime(text: string): number {
  const [, count, unit] = /^(\d{1,6})([hdw])$/.exec(text) ?? []
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS]
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds
  throw new UsageError('--expires has to be like 12h, 90d or 52w, and ten years at most')
}
