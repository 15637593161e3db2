import { expect, test } from 'vitest'
import { lineDiff } from './line-diff'

const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join('')
const numbered = (count: number, word: string) =>
  Array.from({ length: count }, (_, index) => `${word} ${index}`)

test('shows what differs, with a line around it and a mark for what lies between', () => {
  const before = text('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
  const after = text('a', 'b', 'C', 'd', 'e', 'f', 'g', 'h', 'i')
  expect(lineDiff(before, after)).toEqual(['  b', '- c', '+ C', '  d', '  …', '  h', '+ i'])
})

test('shows nothing of equal texts, and all of one that is new or goes', () => {
  expect(lineDiff(text('a', 'b'), text('a', 'b'))).toEqual([])
  expect(lineDiff('', text('a', 'b'))).toEqual(['+ a', '+ b'])
  expect(lineDiff(text('a', 'b'), '')).toEqual(['- a', '- b'])
  expect(lineDiff('a\r\nb\r\n', 'a\nb\n')).toEqual([])
})

test('gives up looking for what two large texts share', () => {
  const old = text('same', ...numbered(5_000, 'old'))
  const fresh = text('same', ...numbered(5_000, 'new'))
  expect(lineDiff(old, fresh).slice(0, 2)).toEqual(['- same', '- old 0'])
})

test('finds one line among many that both have', () => {
  const many = numbered(50_000, 'line')
  expect(lineDiff(text(...many), text(...many, 'more'))).toEqual(['  line 49999', '+ more'])
})
