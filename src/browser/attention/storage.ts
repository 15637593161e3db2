/** Where the browser keeps nothing for us, the page itself remembers for as long as it is open. */
const here = new Map<string, string>()

/** What all tabs share; null where nothing was kept. */
export function getItem(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? here.get(key) ?? null
  } catch {
    return here.get(key) ?? null
  }
}

export function setItem(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    here.set(key, value)
  }
}
