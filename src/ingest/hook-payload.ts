import { BadInput } from '../errors/app-error'

/**
 * A hook's payload whose known fields are read one by one: one of an unexpected type counts as
 * absent, because formats of other people's programs change and that must never cost a report.
 */
export class HookPayload {
  readonly session: string
  readonly event: string

  private constructor(readonly fields: Readonly<Record<string, unknown>>) {
    this.session = this.required('session_id')
    this.event = this.required('hook_event_name')
  }

  static parse(body: unknown): HookPayload {
    if (!isObject(body)) throw new BadInput(null, 'A hook sends one JSON object')
    return new HookPayload(body)
  }

  /** The same with some fields in other words. */
  with(fields: Readonly<Record<string, unknown>>): HookPayload {
    return new HookPayload({ ...this.fields, ...fields })
  }

  /** The same under the name of another event. */
  as(event: string): HookPayload {
    return this.with({ hook_event_name: event })
  }

  /** A string that says something; null where it is absent, empty or no string. */
  text(field: string): string | null {
    const value = this.fields[field]
    return typeof value === 'string' && value !== '' ? value : null
  }

  number(field: string): number | null {
    const value = this.fields[field]
    return typeof value === 'number' && Number.isFinite(value) ? value : null
  }

  isTrue(field: string): boolean {
    return this.fields[field] === true
  }

  object(field: string): Readonly<Record<string, unknown>> | null {
    const value = this.fields[field]
    return isObject(value) ? value : null
  }

  /** The objects in a list; null where there is no list. */
  objects(field: string): Readonly<Record<string, unknown>>[] | null {
    const value = this.fields[field]
    return Array.isArray(value) ? value.filter(isObject) : null
  }

  private required(field: string): string {
    const value = this.fields[field]
    if (typeof value !== 'string' || value.trim() === '' || value.length > 200) {
      throw new BadInput(field, `${field} has to be a string of 1 to 200 characters`)
    }
    return value
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
