import { expect, test } from 'vitest'
import { newMemory } from './memory'

test('a memory keeps the names under which databases hold it', () => {
  expect(Object.keys(newMemory('session', 0)).sort().join(' ')).toBe(
    'asks background children closedPrompts compacting ended failures heardAt isChild key ' +
      'lastMessage lastPrompt mayWantAnswer repeated reported reportedAt seen silence state ' +
      'stuckReason tools turn turnCount',
  )
})
