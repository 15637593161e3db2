import { expect, test } from 'vitest'
import { liveUrl, MAX_TOPICS, olderCursor, topicsThatFit } from './live-request'

test('equal sets of topics have one address', () => {
  expect(liveUrl(['b?x=1&y=2', 'a'])).toBe('/live?topic=a&topic=b%3Fx%3D1%26y%3D2')
  expect(liveUrl(['a', 'b'])).toBe(liveUrl(['b', 'a']))
})

test('a stream carries sixteen topics, those of the first pages, each once', () => {
  const pages = Array.from({ length: 20 }, (_, n) => [`agent/${n}`, 'bar'])
  const fit = topicsThatFit([...pages, ...pages])
  expect(fit).toEqual(['agent/0', 'bar', ...pages.slice(1, 15).map(([page]) => page)])
  expect(fit).toHaveLength(MAX_TOPICS)
  expect(topicsThatFit([['a'], ['a'], ['b']])).toEqual(['a', 'b'])
})

test('a page is carried with all of its topics, or not at all', () => {
  const pages = Array.from({ length: 20 }, (_, n) => [`a${n}`, `b${n}`, `c${n}`])
  expect(topicsThatFit(pages)).toEqual(pages.slice(0, 5).flat())
})

test('an address stays short enough for servers, unless one topic alone is longer', () => {
  const long = (letter: string) => `board?type=${letter.repeat(2_500)}`
  expect(topicsThatFit([[long('a')], [long('b')], ['board']])).toEqual([long('a'), 'board'])
  expect(topicsThatFit([[`board?type=${'a'.repeat(5_000)}`]])).toHaveLength(1)
})

test('of two cursors the older one wins, and any wins against none', () => {
  expect(olderCursor('9', '10')).toBe('9')
  expect(olderCursor('10', '9')).toBe('9')
  expect([olderCursor('', '9'), olderCursor('9', ''), olderCursor('', '')]).toEqual(['9', '9', ''])
})
