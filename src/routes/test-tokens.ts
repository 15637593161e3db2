import type { NewToken } from '../access/tokens'
import type { TestMuster } from './test-muster'

export interface TestToken {
  readonly id: string
  readonly text: string
  /** What a program sends. */
  readonly headers: { Authorization: string }
}

let made = 0

/** Makes a token as an administrator does; with all rights, for everything, unless told otherwise. */
export async function makeToken(
  { services }: TestMuster,
  wanted: Partial<NewToken> = {},
): Promise<TestToken> {
  const token = await services.access.tokens.create(
    {
      name: `token ${++made}`,
      may: ['admin'],
      projectIds: null,
      expiresInSeconds: null,
      ...wanted,
    },
    'test',
  )
  return { ...token, headers: { Authorization: `Bearer ${token.text}` } }
}

/** The id of a project, by its name. */
export async function projectIdOf(muster: TestMuster, name: string): Promise<number> {
  const { rows } = await muster.sql('SELECT id FROM projects WHERE name = $1', [name])
  if (rows.length === 0) throw new Error(`There is no project ${name}`)
  return Number(rows[0].id)
}
