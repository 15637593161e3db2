import { type PageRegion, region } from './region'

/** What a tab is called; how many wait comes first, for of a narrow tab only the start is seen. */
export function pageTitle(name: string, waiting: number): string {
  const title = name === '' ? 'Muster' : `${name} · Muster`
  return waiting === 0 ? title : `(${waiting}) ${title}`
}

/** What the page is called, for the browser to put into its title after the number that waits. */
export function titleRegion(name: string): PageRegion {
  return region('page-title', <span data-title={pageTitle(name, 0)} hidden />)
}
