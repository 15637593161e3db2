import { Layout, type PageFrame } from './layout'

interface ErrorModel {
  readonly status: number
  /** What happened: "There is no agent 12". */
  readonly title: string
  /** What to do about it. */
  readonly advice: string
  /** Under which the log has it; null where the log has nothing to add. */
  readonly id: string | null
}

export function ErrorPage({ error, frame }: { error: ErrorModel; frame: PageFrame }) {
  return (
    <Layout title={error.title} page="error" frame={{ ...frame, live: null }}>
      <div class="error">
        <p class="error-status">{error.status}</p>
        <h1>{error.title}</h1>
        <p>{error.advice}</p>
        <p>
          <a class="button" href="/">
            Go to the board
          </a>
        </p>
        {error.id ? (
          <p class="muted">
            The log has more under <code>{error.id}</code>
          </p>
        ) : null}
      </div>
    </Layout>
  )
}
