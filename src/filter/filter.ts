import type { Scope } from '../log/scope'
import type { ListField, Scalar, SingleField } from './field'
import { FIELDS } from './fields'

type Fields = typeof FIELDS
type Name<Kind> = { [K in keyof Fields]: Fields[K] extends Kind ? K : never }[keyof Fields]
export type ListName = Name<{ readonly kind: 'list' }>
type SingleName = Name<{ readonly kind: 'single' }>

/**
 * What is asked for, in the words of the query. Lists are sorted and without doubles; an empty list,
 * like null, selects all. Fields are joined by AND, the values of a list by OR.
 */
export type Filter = {
  readonly [K in ListName]: Fields[K] extends ListField<infer Asked, infer _>
    ? readonly Asked[]
    : never
} & {
  readonly [K in SingleName]: Fields[K] extends SingleField<infer Value> ? Value | null : never
}

/** Which rows of the log are meant: names are ids here. Null selects all, an empty list nothing. */
export type EventFilter = {
  readonly [K in ListName]: Fields[K] extends ListField<infer _, infer Meant>
    ? readonly Meant[] | null
    : never
} & Pick<Filter, SingleName> & {
    /** What its reader may see: no value reaches beyond it. */
    readonly scope: Scope
    /** Rows of an agent's subagents are its own. */
    readonly withSubagents: boolean
  }

export const LISTS = fieldsOf('list') as readonly (readonly [ListName, ListField])[]
export const SINGLES = fieldsOf('single') as readonly (readonly [
  SingleName,
  SingleField<unknown>,
])[]

/** Selects all. */
export const EVERYTHING = Object.fromEntries([
  ...LISTS.map(([name]) => [name, []]),
  ...SINGLES.map(([name]) => [name, null]),
]) as unknown as Filter

/** The values of a list, whatever they are. */
export function valuesOf(filter: Filter, name: ListName): readonly Scalar[] {
  return filter[name]
}

export function sorted<Value extends Scalar>(values: readonly Value[]): Value[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function fieldsOf(kind: 'list' | 'single') {
  return Object.entries(FIELDS).filter(([, field]) => field.kind === kind)
}
