import type { Context } from 'hono'
import type { FormFault } from '../../../views/components/form-field'
import type { ProjectChoices } from '../../../views/settings/reach'
import type { SettingsFrame } from '../../../views/settings/settings-layout'
import { BadInput } from '../../errors/app-error'
import { parseId } from '../../filter/values'
import type { Env } from '../../http/env'
import { HTML_HEADERS } from '../../http/html'
import type { Services } from '../../http/services'
import { document, pageFrame } from '../pages'

/** A choice among thousands of projects still fits. */
export const MAX_SETTINGS_FORM_BYTES = 64 * 1024
const MAX_PROJECTS = 1_000
const MAX_LISTED = 200

export function settingsFrame(c: Context<Env>, services: Services): SettingsFrame {
  return {
    frame: pageFrame(c, services),
    isAdmin: c.get('visitor').rights.may.includes('admin'),
  }
}

export function settingsPage(
  c: Context<Env>,
  page: { toString(): string | Promise<string> },
  status: 200 | 201 | 400 = 200,
): Response {
  return c.body(document(page), status, HTML_HEADERS)
}

/** By name: the first two hundred, and those that are chosen already. */
export function projectChoices(
  { roster }: Pick<Services, 'roster'>,
  chosen: readonly (readonly number[] | null)[] = [],
): ProjectChoices {
  const all = [...roster.projects].sort((a, b) => a.name.localeCompare(b.name))
  const ids = new Set(chosen.flatMap((some) => some ?? []))
  const listed = all.filter(({ id }, i) => i < MAX_LISTED || ids.has(id))
  return {
    listed: listed.map(({ id, name }) => ({ id, name })),
    hasMore: listed.length < all.length,
  }
}

/** What the fields of a choice of projects say; null: all. Throws BadInput. */
export function parseReach(
  fields: URLSearchParams,
  { roster }: Pick<Services, 'roster'>,
): number[] | null {
  if (fields.get('reach') !== 'some') return null
  const given = fields.getAll('project').filter((text) => text.trim() !== '')
  const ids = given.map((text) => parseId(text) ?? roster.projectBySlug(text.trim())?.id ?? 0)
  if (ids.length > MAX_PROJECTS || !ids.every((id) => roster.project(id))) {
    throw new BadInput('projects', 'That is no choice of projects')
  }
  return [...new Set(ids)]
}

/** The fault to show beside a field; whatever else went wrong is thrown on. */
export function faultOf(error: unknown): FormFault {
  if (!(error instanceof BadInput) || error.field === null) throw error
  return { field: error.field, message: error.message }
}
