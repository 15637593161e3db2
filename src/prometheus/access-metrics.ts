import type { Registry } from 'prom-client'
import { mirrorCounter, mirrorGauge } from './mirror'

/** Numbers by kind; no name of an account or address is among the kinds. */
interface Guessing {
  readonly wrong: { readonly token: number; readonly password: number }
  readonly refused: Readonly<Record<'token' | 'password' | 'network' | 'account' | 'busy', number>>
  readonly slowed: { readonly token: number; readonly password: number }
}

/** Adds the requests with reports that were refused, by the limit that was reached. */
export function watchReportLimits(
  registry: Registry,
  { reportLimits }: { readonly reportLimits: { readonly refused: ReadonlyMap<string, number> } },
): void {
  mirrorCounter(registry, {
    name: 'muster_report_limits_total',
    help: 'Requests with reports that were answered 429, by the limit of the configuration: events_per_minute, new_sessions_per_minute, new_projects_per_minute.',
    labelNames: ['limit'],
    read: () => [...reportLimits.refused].map(([limit, count]) => [{ limit }, count] as const),
  })
}

/** Adds wrong tokens and passwords, and how they are slowed down. */
export function watchGuessing(
  registry: Registry,
  access: { readonly guessing: Readonly<Guessing> },
): void {
  const byKind = (name: keyof Guessing) => () =>
    Object.entries(access.guessing[name]).map(([kind, count]) => [{ kind }, count] as const)
  mirrorCounter(registry, {
    name: 'muster_access_wrong_total',
    help: 'Wrong credentials: token, password.',
    labelNames: ['kind'],
    read: byKind('wrong'),
  })
  mirrorCounter(registry, {
    name: 'muster_access_refused_total',
    help: 'Credentials that were answered 429: token (wrong ones of a network), password (of an account from a network), network (passwords of a network), account (passwords from all networks), busy (too many were being compared).',
    labelNames: ['kind'],
    read: byKind('refused'),
  })
  mirrorGauge(registry, {
    name: 'muster_access_slowed',
    help: 'What has to wait now because of wrong ones: token (networks), password (accounts at networks, and networks).',
    labelNames: ['kind'],
    read: byKind('slowed'),
  })
}
