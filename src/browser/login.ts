/** How long the form of the log-out may take. */
const LEAVE_MS = 500

let isLeaving = false

/** The session has ended: perhaps by this very page, which is about to leave then. */
export function goToLogIn(): void {
  if (isLeaving) return
  isLeaving = true
  const next = encodeURIComponent(location.pathname + location.search)
  setTimeout(() => location.assign(`/login?next=${next}`), LEAVE_MS)
}
