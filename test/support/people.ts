import type { NewPerson } from '../../src/access/people'
import { sendLogin } from './login'
import type { TestMuster } from './muster'

export const PASSWORD = 'a password that nobody guesses'

/** Gives somebody an account, as an administrator does; returns the name to log in with. */
export async function makePerson(
  { services: { access } }: TestMuster,
  wanted: Partial<NewPerson>,
): Promise<string> {
  const name = wanted.name ?? 'somebody'
  const person = { email: `${name}@example.org`, name, role: 'member' as const, projectIds: null }
  await access.people.create({ ...person, password: PASSWORD, ...wanted }, 'test')
  await access.watch.check()
  return name
}

/** Logs in and returns what a browser sends from then on. */
export async function logInAs(muster: TestMuster, login: string): Promise<{ Cookie: string }> {
  const response = await sendLogin(muster, { login, password: PASSWORD })
  if (response.status !== 303) throw new Error(`The login answered ${response.status}`)
  return { Cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
}
