/** What a tab is called; how many wait comes first, for of a narrow tab only the start is seen. */
export function pageTitle(name: string, waiting: number): string {
  const title = name === '' ? 'Muster' : `${name} · Muster`
  return waiting === 0 ? title : `(${waiting}) ${title}`
}
