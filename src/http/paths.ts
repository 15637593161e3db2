const API = /^\/(api|hooks|live|v1)(\/|$)/
const FILES = /^\/(assets|favicon\.ico|health|metrics)(\/|$)/

/** Tells whether programs and scripts ask there, never a link that a person follows. */
export function isApiPath(path: string): boolean {
  return API.test(path)
}

/** Tells whether a page may be there, with its form and its errors for people. */
export function isPagePath(path: string): boolean {
  return !API.test(path) && !FILES.test(path)
}
