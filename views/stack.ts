import type { AppendList } from '../src/stream/region'

/**
 * Rows on their way to the top of a table body. They travel inside a template, because rows outside
 * of a table are dropped by the HTML parser.
 */
export function stackRows({ id }: AppendList, rows: AppendList['rows']): string {
  const html = rows.map((row) => row.html).join('')
  return `<template><tbody hx-swap-oob="afterbegin:#${id}">${html}</tbody></template>`
}
