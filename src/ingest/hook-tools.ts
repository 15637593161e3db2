import type { AskKind, ToolCall } from '../fleet/machine/signal'
import { firstLine } from '../fleet/text'
import { isObject } from './hook-payload'
import { toIdentifier } from './identifier'
import { hashJson } from './json-hash'

const BASH_LIMIT_MS = 120_000
/** Writing a file takes no time: longer than this, it most likely waits for a permission. */
const WRITE_LIMIT_MS = 20_000
const SUMMARY_LENGTH = 180

/** The argument that a person knows a call by; the first one of these that the input has. */
const TELLING_FIELDS = [
  'command',
  'file_path',
  'notebook_path',
  'pattern',
  'url',
  'query',
  'description',
  'skill',
  'plan',
  'path',
  'prompt',
  'subject',
  'id',
]

/** What notifications call some tools. */
const DISPLAY_NAMES: Readonly<Record<string, readonly string[]>> = {
  Update: ['Edit', 'MultiEdit', 'Write', 'NotebookEdit'],
  'Edit Notebook': ['NotebookEdit'],
  Fetch: ['WebFetch'],
  'Web Search': ['WebSearch'],
  Search: ['Grep', 'Glob'],
  List: ['LS'],
  Task: ['Task', 'Agent'],
}

interface ToolFields {
  name: string
  input: unknown
  id: string | null
}

/** The call in the words of the fleet. Without an id, its name and its whole input are its key. */
export function toolCallOf({ name, input, id }: ToolFields): ToolCall {
  const shown = firstLine(name, 100) || 'unknown'
  const hash = hashJson([name, input])
  return {
    key: id === null ? `${shown}#${hash}` : toIdentifier(id),
    name: shown,
    hash,
    summary: summaryOf(shown, input),
    limitMs: limitOf(shown, input),
    keyIsHash: id === null,
  }
}

/** Tools that are a request for a human by themselves. */
export function askOf(toolName: string): Exclude<AskKind, 'permission' | 'elicitation'> | null {
  if (toolName === 'AskUserQuestion') return 'question'
  return toolName === 'ExitPlanMode' ? 'plan' : null
}

/** The names of the tools that a notification may mean. */
export function toolNamesIn(message: string): string[] {
  const [, name = ''] = /permission to use (.+?)\s*$/u.exec(message.slice(0, 500)) ?? []
  const [, server, tool] = /^(.+) - (.+) \(MCP\)$/u.exec(name) ?? []
  if (server && tool) return [`mcp__${server}__${tool}`]
  return name === '' ? [] : [name, ...(DISPLAY_NAMES[name] ?? [])]
}

function summaryOf(name: string, input: unknown): string {
  if (typeof input === 'string') return firstLine(input, SUMMARY_LENGTH)
  if (!isObject(input)) return ''
  const asked = name === 'AskUserQuestion' ? questionIn(input.questions) : null
  if (asked !== null) return asked
  for (const field of TELLING_FIELDS) {
    const value = input[field]
    if (typeof value === 'string' && value.trim() !== '') return firstLine(value, SUMMARY_LENGTH)
  }
  const rest = Object.values(input).find((value) => typeof value === 'string' && value !== '')
  return typeof rest === 'string' ? firstLine(rest, SUMMARY_LENGTH) : ''
}

function questionIn(questions: unknown): string | null {
  const [first] = Array.isArray(questions) ? questions : []
  if (!isObject(first) || typeof first.question !== 'string') return null
  return firstLine(first.question, SUMMARY_LENGTH)
}

function limitOf(name: string, input: unknown): number | null {
  if (['Edit', 'Write', 'MultiEdit', 'NotebookEdit'].includes(name)) return WRITE_LIMIT_MS
  const said = isObject(input) ? input.timeout : undefined
  const isUsable = typeof said === 'number' && Number.isFinite(said) && said > 0
  if (name === 'Bash') return isUsable ? said : BASH_LIMIT_MS
  return null
}
