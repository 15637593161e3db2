import { scan } from './scan'
import type { Secret } from './secret'
import { isPlaceholder } from './value'

const GAP = String.raw`\\{0,4}["'\s,=]{1,40}\\{0,4}["']?`
const START = String.raw`(?<=[\s"'])`
const VALUE = String.raw`(?<secret>[^\s"'\`,;&|<>\\]{1,500})`
const USER = String.raw`[^\s:"'\`,\\]{0,100}:`

interface Program {
  readonly names: string
  /** Ends its part of a line: in addresses `&` and `;` are common, elsewhere they end a command. */
  readonly end: RegExp
  readonly options: readonly RegExp[]
}

const LINE = /\n/g
const COMMAND = /[\n;&|]/g

/** Programs that take a password as an option whose name does not say so. */
const PROGRAMS: readonly Program[] = [
  {
    names: 'curl|wget|https?',
    end: LINE,
    options: [
      option(`${START}(?:-[a-zA-Z]{0,6}[uU]|--(?:proxy-)?user)(?:${GAP})?${USER}${VALUE}`),
      option(String.raw`${START}(?:-b|--cookie)${GAP}(?<secret>[\w.-]{1,100}=[^\n"'\`\\]{1,4000})`),
    ],
  },
  {
    names: '(?:mysql|mariadb)(?:-?(?:dump|admin|import|sh))?',
    end: COMMAND,
    options: [option(`${START}-p${VALUE}`)],
  },
  { names: 'sshpass', end: COMMAND, options: [option(`${START}-p(?:${GAP})?${VALUE}`)] },
  { names: 'redis-cli', end: COMMAND, options: [option(`${START}-a${GAP}${VALUE}`)] },
  { names: '(?:docker|podman) login', end: COMMAND, options: [option(`${START}-p${GAP}${VALUE}`)] },
  {
    names: 'ldap(?:search|modify|add|delete|passwd|whoami)',
    end: COMMAND,
    options: [option(`${START}-w${GAP}${VALUE}`)],
  },
  { names: 'openssl', end: COMMAND, options: [option(`${START}pass:${VALUE}`)] },
  { names: '(?:un)?zip', end: COMMAND, options: [option(`${START}-P${GAP}${VALUE}`)] },
]

const PROGRAM = new RegExp(
  String.raw`(?:${PROGRAMS.map(({ names }) => `(${names})`).join('|')})(?=\\{0,4}["']?[\s,])`,
  'g',
)
/** A line may go on behind a backslash, and a list behind a comma; longer ones are looked at in parts. */
const MAX_PART = 20_000

/** `curl -u user:password`, `mysql -ppassword`, `sshpass -p password` and the like. */
export function findCommandPasswords(text: string): Secret[] {
  const secrets: Secret[] = []
  /** Up to where the options of each program have been looked for: no line is read again. */
  const read = PROGRAMS.map(() => 0)
  scan(text, PROGRAM, (match) => {
    const behind = match.index + match[0].length
    const index = match.findIndex((group, at) => at > 0 && group !== undefined) - 1
    const program = PROGRAMS[index]
    const isPartOfWord = /[\w-]/.test(text[match.index - 1] ?? '')
    if (!program || isPartOfWord || behind < (read[index] ?? 0)) return behind
    const end = endOfPart(text, behind, program.end)
    read[index] = end
    for (const secret of passwordsIn(text.slice(behind, end), behind, program)) secrets.push(secret)
    return behind
  })
  return secrets
}

function endOfPart(text: string, start: number, border: RegExp): number {
  const limit = Math.min(text.length, start + MAX_PART)
  const part = text.slice(start, limit)
  let end = part.length
  scan(part, border, ({ index }) => {
    if (/[\\,]/.test(part[index - 1] ?? '')) return index + 1
    end = index
    return part.length
  })
  return start + end
}

function passwordsIn(part: string, offset: number, { options }: Program): Secret[] {
  return options.flatMap((pattern) => {
    const found: Secret[] = []
    scan(part, pattern, (match) => {
      const [start, end] = match.indices?.groups?.secret ?? [0, 0]
      const isSecret = end > start && !isPlaceholder(part.slice(start, end))
      if (isSecret) found.push({ start: offset + start, end: offset + end, name: 'password' })
      return end
    })
    return found
  })
}

function option(source: string): RegExp {
  return new RegExp(source, 'dg')
}
