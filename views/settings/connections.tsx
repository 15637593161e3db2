import { cutEnd } from '../components/cut'
import { absolute } from '../components/time'
import { ListPager, SettingsItem } from './list'
import { type SettingsFrame, SettingsLayout } from './settings-layout'

interface ConnectionLine {
  readonly id: string
  readonly family: string
  readonly visitor: string
  /** Of the account or the token; null where it has none, or is gone. */
  readonly name: string | null
  readonly address: string
  /** Path and query of the request. */
  readonly reads: string
  readonly openedAt: Date
  /** Host and number of the process. */
  readonly process: string
  readonly isEnding: boolean
}

interface ConnectionsModel {
  readonly streams: readonly ConnectionLine[]
  readonly visitors: readonly {
    readonly visitor: string
    readonly name: string | null
    readonly streams: number
  }[]
  /** Whose streams alone are shown; null: everybody's. */
  readonly visitor: string | null
  /** The place that the page begins after; null: it is the first. */
  readonly after: string | null
  /** The place that the next page begins after. */
  readonly next: string | null
}

const HERE = '/settings/connections'

export function ConnectionsPage({ model, ...page }: SettingsFrame & { model: ConnectionsModel }) {
  const { streams, visitors, visitor, after, next } = model
  return (
    <SettingsLayout title="Connections" current={HERE} {...page}>
      <p class="muted">
        Who has a stream open, at any process of this database. A new one shows within seconds.
      </p>
      {visitors.length === 0 ? <p>Nobody is connected.</p> : null}
      <ul class="settings-list" aria-label="Streams by visitor">
        {visitors.map((one) => (
          <li class="settings-item">
            <a class="settings-what" dir="auto" href={connectionsUrl(one.visitor, null)}>
              {nameOf(one)}
            </a>
            <span>{one.streams === 1 ? '1 stream' : `${one.streams} streams`}</span>
          </li>
        ))}
      </ul>
      {visitors.length === 0 && visitor === null ? null : (
        <h2 dir="auto">{visitor === null ? 'Newest first' : `Of ${nameIn(model, visitor)}`}</h2>
      )}
      {visitors.length > 0 && streams.length === 0 ? <p>No streams here any more.</p> : null}
      <ul class="settings-list" aria-label="Streams">
        {streams.map((stream) => (
          <StreamItem stream={stream} visitor={visitor} />
        ))}
      </ul>
      <ListPager
        first={visitor === null && after === null ? null : { href: HERE, label: 'All connections' }}
        older={next === null ? null : connectionsUrl(visitor, next)}
      />
    </SettingsLayout>
  )
}

function StreamItem({ stream, visitor }: { stream: ConnectionLine; visitor: string | null }) {
  const { id, address, reads, openedAt, process, isEnding } = stream
  return (
    <SettingsItem
      name={nameOf(stream)}
      connection={id}
      action={isEnding ? <p class="muted">Ending</p> : <EndForm {...{ stream, visitor }} />}
    >
      <p dir="auto">
        <code>{cutEnd(reads, 200)}</code>
      </p>
      <p class="muted" dir="auto">
        from {address} · since {absolute(openedAt)} · at {process}
      </p>
    </SettingsItem>
  )
}

function EndForm({ stream, visitor }: { stream: ConnectionLine; visitor: string | null }) {
  const label = `End ${cutEnd(stream.reads, 60)} of ${nameOf(stream)}`
  return (
    <form method="post" action={`${HERE}/${stream.id}/end`}>
      {visitor === null ? null : <input type="hidden" name="visitor" value={visitor} />}
      <button type="submit" class="button" aria-label={label}>
        End
      </button>
    </form>
  )
}

export function connectionsUrl(visitor: string | null, after: string | null): string {
  const query = new URLSearchParams({
    ...(visitor !== null && { visitor }),
    ...(after !== null && { after }),
  })
  return query.size === 0 ? HERE : `${HERE}?${query}`
}

const KINDS: Readonly<Record<string, string>> = {
  local: 'The person at the machine',
  token: 'The MUSTER_TOKEN',
}

function nameOf({ visitor, name }: { visitor: string; name: string | null }): string {
  if (name === null) return KINDS[visitor] ?? visitor
  return visitor.startsWith('token:') ? `Token “${name}”` : name
}

function nameIn({ streams, visitors }: ConnectionsModel, visitor: string): string {
  const known = [...visitors, ...streams].find((one) => one.visitor === visitor)
  return nameOf({ visitor, name: known?.name ?? null })
}
