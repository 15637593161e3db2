import type { Config } from '../config/load'
import type { Database } from '../db/connect'
import { newSecret } from './secret'

/** The configured secret, or one that is made once and then the same for every process. */
export async function authSecret(
  { authSecret: configured }: Pick<Config, 'authSecret'>,
  db: Database,
): Promise<string> {
  if (configured !== null) return configured
  await db
    .insertInto('auth_secret')
    .values({ secret: newSecret() })
    .onConflict((conflict) => conflict.column('singleton').doNothing())
    .execute()
  const row = await db.selectFrom('auth_secret').select('secret').executeTakeFirstOrThrow()
  return row.secret
}
