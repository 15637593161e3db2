import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claudeCodeHooks, isClaudeCodeHook } from './claude-code-settings'
import { addHooks, findHooks, type Hooks, removeHooks, UnsupportedFormat } from './hooks-file'
import { JsonFault, parseJsonText } from './json-text'

const WANTED = claudeCodeHooks({
  origin: 'http://127.0.0.1:4690',
  tokenFile: null,
  scope: 'user',
})
const ONE: Hooks = { Stop: { type: 'http', url: 'http://x/hooks/claude-code', timeout: 2 } }
const add = (text: string, wanted = WANTED) => addHooks(text, wanted, isClaudeCodeHook)
const remove = (text: string) => removeHooks(text, isClaudeCodeHook)

const foreign = fc.record({ type: fc.constant('command'), command: fc.string() })
const group = fc.record(
  { matcher: fc.string(), hooks: fc.array(foreign, { minLength: 1, maxLength: 2 }) },
  { requiredKeys: ['hooks'] },
)
const hooks = fc.dictionary(
  fc.constantFrom('Stop', 'PreToolUse', 'SomethingNew'),
  fc.array(group, { minLength: 1, maxLength: 3 }),
  { minKeys: 1 },
)
const settings = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), fc.option(hooks))
  .map(([rest, some]) => ({ ...rest, model: 'opus', ...(some && { hooks: some }) }))
const indent = fc.constantFrom('  ', '    ', '\t', '')
const text = fc
  .tuple(settings, indent, fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([value, space, eol, hasEnd]) => {
    const lines = JSON.stringify(value, null, space).replaceAll('\n', eol)
    return hasEnd ? lines + eol : lines
  })

test('added twice and removed, any settings are the same to the byte', () => {
  fc.assert(
    fc.property(text, (original) => {
      const once = add(original)
      expect(add(once)).toBe(once)
      expect(remove(once)).toBe(original)
    }),
  )
})

test('whatever was in the settings is in them still, in its order', () => {
  fc.assert(
    fc.property(text, (original) => {
      const { hooks: before = {}, ...rest } = JSON.parse(original)
      const { hooks: after, ...others } = JSON.parse(add(original))
      expect(JSON.stringify(others)).toBe(JSON.stringify(rest))
      for (const [event, groups] of Object.entries<unknown[]>(before)) {
        expect(after[event].slice(0, groups.length)).toEqual(groups)
      }
      expect(findHooks(add(original), isClaudeCodeHook)).toHaveLength(28)
    }),
  )
})

describe('where hooks of ours are', () => {
  const old = '{"type": "command", "command": "curl http://old/hooks/claude-code"}'
  const mine = '{"type": "command", "command": "say done"}'
  const of = (...groups: string[]) => `{"hooks": {"Stop": [${groups.join(', ')}]}}`
  const ours = '{"type": "http", "url": "http://x/hooks/claude-code", "timeout": 2}'

  test.each([
    ['another version is replaced', `{"hooks": [${old}]}`, `{"hooks": [${ours}]}`],
    [
      'the others of its group stay',
      `{"hooks": [${mine}, ${old}]}`,
      `{"hooks": [${mine}, ${ours}]}`,
    ],
    [
      'a second one goes',
      `{"hooks": [${old}]}, {"hooks": [${old}, ${mine}]}`,
      `{"hooks": [${ours}]}, {"hooks": [${mine}]}`,
    ],
    [
      'one for some tools only becomes one for all',
      `{"matcher": "Bash", "hooks": [${mine}, ${old}]}`,
      `{"matcher": "Bash", "hooks": [${mine}]}, {"hooks": [${ours}]}`,
    ],
    [
      'one for all tools stays where it is',
      `{"matcher": "*", "hooks": [${old}]}`,
      `{"matcher": "*", "hooks": [${ours}]}`,
    ],
  ])('%s', (_, before, after) => {
    expect(JSON.parse(add(of(before), ONE))).toEqual(JSON.parse(of(after)))
  })

  test('those of events that are no longer wanted go', () => {
    const before = `{"hooks": {"FileChanged": [{"hooks": [${old}]}], "Stop": []}, "a": 1}`
    expect(JSON.parse(add(before, ONE)).hooks).toEqual({ Stop: [{ hooks: [ONE.Stop] }] })
    expect(remove(before)).toBe('{"hooks": {"Stop": []}, "a": 1}')
  })
})

test.each([
  ['', '{\n  "hooks": {\n    "Stop": '],
  ['{}', '{\n  "hooks": {\n    "Stop": '],
  ['{"a":1}', '{"a":1,"hooks": {"Stop": '],
  ['{\n\t"a": 1\n}', '{\n\t"a": 1,\n\t"hooks": {\n\t\t"Stop": '],
  ['{\r\n   "hooks": {}\r\n}\r\n', '{\r\n   "hooks": {\r\n      "Stop": '],
  ['\uFEFF{\n "a": 1}\n', '\uFEFF{\n "a": 1,\n "hooks": {\n  "Stop": '],
])('%j gets them in its own way of writing', (before, start) => {
  expect(add(before, ONE).startsWith(start)).toBe(true)
})

test.each([
  ['{\n  "a": 1,\n}', 3, 1],
  ['{"a": tru}', 1, 7],
  ['{"a": 1} x', 1, 10],
  ['{\r\n"a" 1}', 2, 5],
  ['{"a": "\u0007"}', 1, 7],
  ['{\n  // mine\n}', 2, 3],
  ['{"a": [1', 1, 9],
  [`${'['.repeat(1_000)}`, 1, 502],
])('%j is no JSON, and the place is told', (broken, line, column) => {
  try {
    add(broken)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(JsonFault)
    expect(error).toMatchObject({ line, column })
  }
})

test('only what JSON.parse refuses as well is no JSON', () => {
  const mutated = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', '\\', '/', '1', '-', '\u0001'))
    .map(([json, at, extra]) => {
      const place = at % (json.length + 1)
      return json.slice(0, place) + extra + json.slice(place + (at % 2))
    })
  const fails = (read: () => unknown) => {
    try {
      read()
      return false
    } catch {
      return true
    }
  }
  fc.assert(
    fc.property(mutated, (text) => {
      expect(fails(() => parseJsonText(text))).toBe(fails(() => JSON.parse(text)))
    }),
    { numRuns: 500 },
  )
})

test.each(['[]', '"x"', '{"hooks": []}', '{"hooks": {"Stop": {}}}'])(
  '%s has no place for hooks',
  (odd) => {
    expect(() => add(odd)).toThrow(UnsupportedFormat)
  },
)

test('names that JavaScript has a use for are names like others', () => {
  const odd = '{"__proto__": 1, "hooks": {"__proto__": [], "constructor": [{"hooks": [{}]}]}}'
  expect(remove(add(odd))).toBe(odd)
})
