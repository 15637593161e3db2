import { expect, test } from 'vitest'
import { liveUrl, MAX_TOPICS, olderCursor, topicsThatFit } from './live-request'

test('equal sets of topics have one address', () => {
  expect(liveUrl(['b?x=1&y=2', 'a'])).toBe('/live?topic=a&topic=b%3Fx%3D1%26y%3D2')
  expect(liveUrl(['a', 'b'])).toBe(liveUrl(['b', 'a']))
})

test('a stream carries sixteen topics, the first ones, each once', () => {
  const topics = Array.from({ length: 20 }, (_, n) => `agent/${n}`)
  expect(topicsThatFit([...topics, ...topics])).toEqual(topics.slice(0, MAX_TOPICS))
  expect(topicsThatFit(['a', 'a', 'b'])).toEqual(['a', 'b'])
})

test('an address stays short enough for servers, unless one topic alone is longer', () => {
  const long = (letter: string) => `board?type=${letter.repeat(2_500)}`
  expect(topicsThatFit([long('a'), long('b'), 'board'])).toEqual([long('a'), 'board'])
  expect(topicsThatFit([`board?type=${'a'.repeat(5_000)}`])).toHaveLength(1)
})

test('of two cursors the older one wins, and any wins against none', () => {
  expect(olderCursor('9', '10')).toBe('9')
  expect(olderCursor('10', '9')).toBe('9')
  expect([olderCursor('', '9'), olderCursor('9', ''), olderCursor('', '')]).toEqual(['9', '9', ''])
})
