import { Access } from '../access/access'
import { parseRole, ROLES, type Role } from '../access/person'
import { BadInput } from '../errors/app-error'
import { type Command, UsageError } from './command'
import type { CliContext } from './context'
import { withDatabase } from './database'
import { namesOfProjects, projectIdsOf } from './projects'
import { parseOptions, parseSubCommand, table } from './sub-command'

const HELP = `Accounts for people.

  muster user create --email ADDRESS --role ROLE [--name NAME] [--project SLUG]…
  muster user list
  muster user password NAME

  --role     viewer: sees; member: acts too; admin: decides about others. The first is an admin
  --name     what may be typed in place of the address; without it, the start of the address
  --project  only for this project, by its short name; as often as there are projects

The password is asked for, or read from standard input: 12 to 128 characters. “password” gives
somebody a one-time password, and logs them out everywhere. From the first account on, everybody has
to log in. The database is the one that "npm start" would use here, whether Muster runs or not.
`

export const user: Command = {
  summary: 'makes and lists accounts for people',
  help: HELP,
  run,
}

/** Who it was, in the log. */
const ACTOR = 'cli'

async function run(args: string[], around: CliContext): Promise<number> {
  const { name, rest } = parseSubCommand(args, ['create', 'list', 'password'])
  if (name === 'create') return create(rest, around)
  return name === 'list' ? list(rest, around) : resetPassword(rest, around)
}

async function create(args: string[], around: CliContext): Promise<number> {
  const { values, positionals } = parseOptions(args, {
    email: { type: 'string' },
    name: { type: 'string' },
    role: { type: 'string' },
    project: { type: 'string', multiple: true },
  })
  if (positionals.length > 0) throw new UsageError(`There is no use for “${positionals[0]}”`)
  if (!values.email) throw new UsageError('Give the address: --email')
  const person = { email: values.email, name: values.name ?? '', role: roleOf(values.role) }
  const password = await around.askSecret('Password: ')
  if (around.isInteractive && (await around.askSecret('Again: ')) !== password) {
    throw new Error('Those are two passwords.')
  }
  await withDatabase(around, async (db, config) => {
    const projectIds = await projectIdsOf(db, values.project ?? [])
    const { people } = await Access.open(config, db)
    await people.create({ ...person, projectIds, password }, ACTOR)
  })
  around.print(`${values.email} can log in.`)
  return 0
}

async function list(args: string[], around: CliContext): Promise<number> {
  if (args.length > 0) throw new UsageError(`There is no use for “${args[0]}”`)
  await withDatabase(around, async (db, config) => {
    const projects = await namesOfProjects(db)
    const { people } = await Access.open(config, db)
    const rows = (await people.list()).map((person) => [
      person.name,
      person.email,
      person.role,
      projects(person.projectIds),
      person.isDisabled ? 'disabled' : '',
    ])
    if (rows.length === 0) around.print('Nobody has an account.')
    for (const line of table(rows)) around.print(line)
  })
  return 0
}

async function resetPassword(args: string[], around: CliContext): Promise<number> {
  const [login, more] = args
  if (!login || more !== undefined) throw new UsageError('Name one person')
  const oneTime = await withDatabase(around, async (db, config) => {
    const { people } = await Access.open(config, db)
    const found = await people.findByLogin(login)
    return found && people.resetPassword(found.person.id, ACTOR)
  })
  if (!oneTime)
    throw new Error(`Nobody is called “${login}”: “muster user list” shows who there is.`)
  around.print(oneTime)
  around.complain('This is the only time that it is shown. It is good for one login.')
  return 0
}

function roleOf(text: string | undefined): Role {
  try {
    return parseRole(text ?? '')
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    throw new UsageError(`--role has to be one of ${ROLES.join(', ')}`)
  }
}
