import { expect, test } from './fixtures'

test('a merger names whom it lets see more and asks once more, without JavaScript at 320 px', async ({
  browser,
  fleet,
}) => {
  const other = `${fleet.project}-other`
  await fleet.startWork('fence')
  await fleet.report({ project: `/srv/${other}` })
  await fleet.sql(
    `INSERT INTO tokens (name, hash, permissions, project_ids, created_by)
     SELECT name, name, '{read}', ARRAY[id], 'test' FROM projects WHERE name = $1`,
    [fleet.project],
  )
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 320, height: 640 },
  })
  const page = await context.newPage()
  await page.goto(`${fleet.muster.url}/settings/projects`)
  const item = page.locator('.settings-item', {
    has: page.getByRole('link', { name: fleet.project, exact: true }),
  })
  await item.getByText('Change', { exact: true }).click()
  await item.getByLabel('Into').selectOption(other)
  await item.getByRole('button', { name: 'Merge' }).click()
  await expect(page.getByText(`Token ${fleet.project}`)).toBeVisible()
  await expect(page.getByText(`Bound to ${fleet.project}; would see ${other} too`)).toBeVisible()
  const width = await page.locator('html').evaluate((html) => html.scrollWidth)
  expect(width).toBeLessThanOrEqual(320)
  const merged = () =>
    fleet.sql('SELECT merged_into IS NOT NULL AS is_merged FROM projects WHERE name = $1', [
      fleet.project,
    ])
  expect(await merged()).toEqual([{ is_merged: false }])
  await page.getByRole('button', { name: 'Merge' }).click()
  await expect(page.getByText(`With what was merged into it: ${fleet.project}`)).toBeVisible()
  expect(await merged()).toEqual([{ is_merged: true }])
  await context.close()
})
