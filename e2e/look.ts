import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, type Page } from 'playwright/test'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const WIDTHS = [320, 800, 1280]
export const SCHEMES = ['light', 'dark'] as const

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/**
 * Opens each address and holds it to what every page has to be, at each width and in both colour
 * schemes: not wider than the window, and nothing serious for axe. What a page is at a width is a
 * matter of its style sheet alone, so it is loaded once. Needs `bypassCSP`: the policy of the pages
 * lets no script be added, axe's neither.
 */
export async function expectToLookRight(page: Page, addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    await page.goto(address)
    await page.evaluate(axe)
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 })
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme })
        const what = `${address} at ${width} px, ${colorScheme}`
        expect(await overhang(page), `${what}: wider than the window by`).toBeLessThanOrEqual(0)
        expect(await page.evaluate(findSerious), what).toEqual([])
      }
    }
  }
}

/** By how much the page is wider than its window. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
}

/** Runs in the page: what axe finds serious, with one place of each. */
async function findSerious(): Promise<string[]> {
  const { violations } = (await Reflect.get(window, 'axe').run({
    resultTypes: ['violations'],
  })) as {
    violations: readonly Violation[]
  }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}
