import { Layout, type PageFrame } from './layout'

export interface LoginModel {
  /** A path of this Muster, to go on to. */
  readonly next: string
  /** Why the last try failed. */
  readonly fault?: string | null
  /** What was typed as the name. */
  readonly login?: string
  /** The password was a one-time password: another has to be chosen with it. */
  readonly isChoice?: boolean
  readonly takesToken: boolean
  readonly takesPassword: boolean
}

const FAULT = 'login-fault'

/** Works without JavaScript; a password manager may keep what is typed. */
export function LoginPage({ login, frame }: { login: LoginModel; frame: PageFrame }) {
  const { takesPassword, takesToken, isChoice, fault } = login
  // The error stands at its field.
  const isOfPassword = login.login !== undefined && (takesPassword || !takesToken)
  return (
    <Layout title="Log in" page="login" frame={{ ...frame, live: null, canLogOut: false }}>
      <div class="login">
        <h1>{isChoice ? 'Choose your password' : 'Log in'}</h1>
        {fault ? (
          <p id={FAULT} class="login-fault" role="alert">
            {fault}
          </p>
        ) : null}
        {takesPassword ? <PasswordForm login={login} isFaulty={!!fault && isOfPassword} /> : null}
        {takesToken && !isChoice ? (
          <TokenForm
            next={login.next}
            isFaulty={!!fault && !takesPassword}
            isOnlyWay={!takesPassword}
          />
        ) : null}
      </div>
    </Layout>
  )
}

function PasswordForm({ login, isFaulty }: { login: LoginModel; isFaulty: boolean }) {
  const { next, isChoice } = login
  const fault = isFaulty
    ? { 'aria-describedby': FAULT, 'aria-invalid': 'true' as const }
    : undefined
  return (
    <form class="login-form" method="post" action="/login">
      {isChoice ? (
        <p class="muted">
          You have logged in with a one-time password. Another one takes its place.
        </p>
      ) : null}
      <input type="hidden" name="next" value={next} />
      <label class="field">
        E-mail or name
        <input
          name="login"
          value={login.login ?? ''}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          maxlength={254}
          required
          autofocus={!isChoice}
          {...fault}
        />
      </label>
      <label class="field">
        {isChoice ? 'One-time password' : 'Password'}
        <input
          type="password"
          name="password"
          autocomplete={isChoice ? 'off' : 'current-password'}
          required
          autofocus={isChoice}
          {...fault}
        />
      </label>
      {isChoice ? (
        <label class="field">
          New password, 12 characters or more
          <input
            type="password"
            name="new_password"
            autocomplete="new-password"
            minlength={12}
            maxlength={128}
            required
            {...fault}
          />
        </label>
      ) : null}
      <button type="submit" class="button">
        {isChoice ? 'Save and log in' : 'Log in'}
      </button>
    </form>
  )
}

interface TokenFormProps {
  next: string
  isFaulty: boolean
  isOnlyWay: boolean
}

function TokenForm({ next, isFaulty, isOnlyWay }: TokenFormProps) {
  return (
    <form class="login-form" method="post" action="/login">
      <p class="muted">
        {isOnlyWay ? 'With the token' : 'Or with the token'} that Muster was started with.
      </p>
      <input type="hidden" name="next" value={next} />
      <label class="field">
        Token
        <input
          type="password"
          name="token"
          autocomplete={isOnlyWay ? 'current-password' : 'off'}
          required
          autofocus={isOnlyWay}
          aria-describedby={isFaulty ? FAULT : undefined}
          aria-invalid={isFaulty ? 'true' : undefined}
        />
      </label>
      <button type="submit" class="button">
        {isOnlyWay ? 'Log in' : 'Log in with the token'}
      </button>
    </form>
  )
}
