import { type RawBuilder, sql } from 'kysely'
import type { z } from 'zod'
import type { EventRow } from '../log/event-row'
import type { Mark } from '../log/search-query'

export type Scalar = string | number

/** How a kind of query names a field, and what a value of it may be. */
export interface Source<Asked> {
  readonly key: string
  readonly value: z.ZodType<Asked>
  /** What a value has to be, as a refusal says it. */
  readonly expected: string
}

/** Finds what names stand for. */
export interface Directory {
  /** Another number after each change of what it finds. */
  readonly version: number
  /** The ids under which rows of the project stand: several after a merger, none where it is unknown. */
  projects(ref: string | number): readonly number[]
}

/** What a test of a session can be about. */
export interface SessionFacts {
  readonly id: number
  readonly projectId: number
  readonly state: string
}

/** The tables of sums, which know some fields only. */
export type Sums = 'events' | 'usage'

/**
 * A field that takes several values, of which a row needs one. `Asked` is what a query says, `Meant`
 * what a row has: a name can mean one id, several or none.
 */
export interface ListField<Asked extends Scalar = Scalar, Meant extends Scalar = Scalar> {
  readonly kind: 'list'
  /** In the address of a page, in the query of a program, and in the JSON of a saved view. */
  readonly page: Source<Asked> | null
  readonly api: Source<Asked> | null
  readonly json: Source<Asked> | null
  /** Programs name it before the others. */
  readonly isFirst: boolean
  /** In a form: its label, its heading over several, and how a value is given. */
  readonly label: string
  readonly plural: string
  readonly control: 'choice' | 'select' | 'text'
  /** What a select offers. */
  readonly options: readonly Asked[]
  /** Whether what a value means can change. */
  readonly isName: boolean
  find(value: Asked, directory: Directory): readonly Meant[]
  matchesRow(values: readonly Meant[], row: EventRow, withSubagents: boolean): boolean
  /** The same as a test of `events`, and of the tables of sums that know the field. */
  sql(values: readonly Meant[]): RawBuilder<boolean>
  readonly sums: readonly Sums[]
  /** What the search index calls it; null where the index does not know it. */
  readonly mark: Mark[0] | null
  /** How it narrows sessions: by what they are indexed by, one by one, or not at all. */
  readonly session:
    | 'project'
    | 'agent'
    | 'state'
    | ((values: readonly Meant[], session: SessionFacts) => boolean)
    | null
}

/** A field with one value that looks back in the log: boards, streams and saved views have none. */
export interface SingleField<Value> {
  readonly kind: 'single'
  /** In the address of a page and in the query of a program. */
  readonly key: string
  readonly label: string
  readonly control: 'search' | 'time'
  /** Throws BadInput. */
  parse(key: string, text: string): Value
  print(value: Value): string
  /** Null where a row alone cannot tell, but only the database. */
  matchesRow: ((value: Value, row: EventRow) => boolean) | null
  sql: ((value: Value) => RawBuilder<boolean>) | null
}

/** The types of columns that can be compared, as SQL. */
const COLUMN_TYPES = { text: sql`text`, bigint: sql`bigint`, uuid: sql`uuid` } as const

type ListOptions<Asked extends Scalar, Meant extends Scalar> = Pick<
  ListField<Asked, Meant>,
  'label'
> &
  Partial<Omit<ListField<Asked, Meant>, 'kind' | 'label' | 'isName' | 'sql' | 'find'>> & {
    /** The column of `events`, or an expression of its columns, and its type. */
    readonly column: RawBuilder<unknown>
    readonly type: keyof typeof COLUMN_TYPES
    /** The same of a row. */
    of(row: EventRow): Meant | null
  }

/** A field whose values are names. */
export function names<Asked extends Scalar, Meant extends Scalar>(
  find: ListField<Asked, Meant>['find'],
  options: ListOptions<Asked, Meant>,
): ListField<Asked, Meant> {
  const { column, type, of, ...rest } = options
  return {
    kind: 'list',
    page: null,
    api: null,
    json: null,
    isFirst: false,
    plural: options.label,
    control: 'text',
    options: [],
    isName: true,
    find,
    matchesRow: (values, row) => {
      const value = of(row)
      return value !== null && values.includes(value)
    },
    sql: (values) => isOneOf(column, values, COLUMN_TYPES[type]),
    sums: [],
    mark: null,
    session: null,
    ...rest,
  }
}

/** A field whose values are what rows have. */
export function list<Asked extends Meant, Meant extends Scalar = Asked>(
  options: ListOptions<Asked, Meant>,
): ListField<Asked, Meant> {
  return { ...names((value: Asked) => [value], options), isName: false }
}

export function single<Value>(options: Omit<SingleField<Value>, 'kind'>): SingleField<Value> {
  return { kind: 'single', ...options }
}

/** With one value an index gives the rows in the order of their ids, whatever it begins with. */
function isOneOf(
  column: RawBuilder<unknown>,
  values: readonly Scalar[],
  type: RawBuilder<unknown>,
): RawBuilder<boolean> {
  if (values.length === 1) return sql<boolean>`${column} = ${values[0]}::${type}`
  return sql<boolean>`${column} = ANY(${[...values]}::${type}[])`
}
