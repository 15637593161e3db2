import path from 'node:path'
import type { CliContext } from '../context'
import { agentCalled, type ConnectedAgent } from './connected-agent'
import { findHooks, type Handler } from './hooks-file'
import { readSettings } from './settings-file'

interface Source {
  file: string
  isManaged: boolean
  settings: Readonly<Record<string, unknown>>
}

/** What keeps hooks that are set up from being run, in words. */
export async function findSwitches(
  agent: ConnectedAgent,
  project: string,
  around: CliContext,
): Promise<string[]> {
  if (agent.name === 'codex') return codexSwitches(agent)
  const sources = await readSources(project, around)
  const found: string[] = []
  for (const { file, settings, isManaged } of sources) {
    if (settings.disableAllHooks === true) found.push(`disableAllHooks in ${file}`)
    if (isManaged && settings.allowManagedHooksOnly === true) {
      found.push(`allowManagedHooksOnly in ${file}`)
    }
  }
  return [...found, ...(await closedUrls(agent, sources)), ...closedVariables(sources)]
}

async function readSources(project: string, around: CliContext): Promise<Source[]> {
  const { file: user } = agentCalled('claude-code', { scope: 'user', project }, around)
  const folder = path.join(project, '.claude')
  const files = [
    user,
    path.join(folder, 'settings.json'),
    path.join(folder, 'settings.local.json'),
    path.join(around.managedFolder, 'managed-settings.json'),
  ]
  const sources: Source[] = []
  for (const file of new Set(files)) {
    const isManaged = file === files.at(-1)
    sources.push({ file, isManaged, settings: await readObject(file) })
  }
  return sources
}

/** Lists of all sources together say where http hooks may go; no list at all: anywhere. */
async function closedUrls(agent: ConnectedAgent, sources: readonly Source[]): Promise<string[]> {
  const allowed = listIn(sources, 'allowedHttpHookUrls')
  if (!allowed) return []
  const hooks = findHooks((await readSettings(agent.file)) ?? '', agent.isOurs)
  const isClosed = ({ url }: Handler) =>
    typeof url === 'string' && !allowed.items.some((pattern) => matches(pattern, url))
  const closed = hooks.find(({ handler }) => isClosed(handler))
  return closed ? [`allowedHttpHookUrls in ${allowed.file} lacks ${closed.handler.url}`] : []
}

function closedVariables(sources: readonly Source[]): string[] {
  const allowed = listIn(sources, 'httpHookAllowedEnvVars')
  if (!allowed || allowed.items.includes('MUSTER_TOKEN')) return []
  return [`httpHookAllowedEnvVars in ${allowed.file} lacks MUSTER_TOKEN (if hooks need a token)`]
}

function listIn(sources: readonly Source[], key: string) {
  const lists = sources.filter(({ settings }) => Array.isArray(settings[key]))
  const [first] = lists
  if (!first) return null
  const items = lists.flatMap(({ settings }) => settings[key] as unknown[]).map(String)
  return { file: first.file, items }
}

function matches(pattern: string, url: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(url)
}

async function codexSwitches({ home }: ConnectedAgent): Promise<string[]> {
  const file = path.join(home, 'config.toml')
  const text = await readSettings(file).catch(() => null)
  const isOff = /^\s*(?:features\.)?(?:codex_)?hooks\s*=\s*false/m.test(text ?? '')
  return isOff ? [`hooks = false in ${file}`] : []
}

async function readObject(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(JSON.parse((await readSettings(file)) ?? '{}'))
  } catch {
    return {}
  }
}
