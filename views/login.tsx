import { Layout, type PageFrame } from './layout'

export interface LoginModel {
  /** A path of this Muster, to go on to. */
  readonly next: string
  /** Why the last try failed. */
  readonly fault?: string
}

/** Works without JavaScript; a password manager may keep the token. */
export function LoginPage({ login, frame }: { login: LoginModel; frame: PageFrame }) {
  const { next, fault } = login
  return (
    <Layout title="Log in" page="login" frame={{ ...frame, live: null, canLogOut: false }}>
      <form class="login" method="post" action="/login">
        <h1>Log in</h1>
        <p class="muted">With the token that Muster was started with.</p>
        {fault ? (
          <p id="login-fault" class="login-fault" role="alert">
            {fault}
          </p>
        ) : null}
        <input type="hidden" name="next" value={next} />
        <label class="login-field">
          Token
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            autofocus
            aria-describedby={fault ? 'login-fault' : undefined}
            aria-invalid={fault ? 'true' : undefined}
          />
        </label>
        <button type="submit" class="button">
          Log in
        </button>
      </form>
    </Layout>
  )
}
