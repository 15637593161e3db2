import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { projectPath } from '../src/config/project-path'

/**
 * Which layers a layer may import from, besides itself. The order is the route of an event:
 * whatever is later knows what is earlier, never the other way round.
 */
const ALLOWED: Record<string, readonly string[]> = {
  'src/config': [],
  'src/process': [],
  'src/concurrency': [],
  'src/errors': [],
  'src/db': ['src/concurrency', 'src/config', 'src/process'],
  'src/log': ['src/config', 'src/db', 'src/errors'],
  'src/backup': ['src/config', 'src/db', 'src/log'],
  'src/filter': ['src/errors', 'src/log'],
  'src/fleet': ['src/config', 'src/db', 'src/errors', 'src/filter', 'src/log'],
  'src/debates': ['src/db', 'src/errors', 'src/filter', 'src/fleet', 'src/log'],
  'src/stats': ['src/db', 'src/filter', 'src/fleet', 'src/log'],
  'src/saved-views': ['src/db', 'src/errors', 'src/filter', 'src/fleet', 'src/log'],
  'src/ingest': [
    'src/concurrency',
    'src/config',
    'src/debates',
    'src/errors',
    'src/filter',
    'src/fleet',
    'src/log',
  ],
  'src/access': ['src/concurrency', 'src/config', 'src/db', 'src/errors', 'src/log'],
  'src/stream': ['src/concurrency', 'src/errors', 'src/filter', 'src/log'],
  'src/prometheus': ['src/fleet', 'src/log', 'src/stream'],
  views: ['src/debates', 'src/filter', 'src/fleet', 'src/log', 'src/stats', 'src/stream'],
  'src/pages': [
    'src/db',
    'src/debates',
    'src/errors',
    'src/filter',
    'src/fleet',
    'src/log',
    'src/saved-views',
    'src/stats',
    'src/stream',
    'views',
  ],
  'src/http': [
    'src/access',
    'src/config',
    'src/db',
    'src/debates',
    'src/errors',
    'src/filter',
    'src/fleet',
    'src/ingest',
    'src/log',
    'src/pages',
    'src/prometheus',
    'src/saved-views',
    'src/stats',
    'src/stream',
  ],
  'src/routes': [
    'src/access',
    'src/config',
    'src/db',
    'src/debates',
    'src/errors',
    'src/filter',
    'src/fleet',
    'src/http',
    'src/ingest',
    'src/log',
    'src/pages',
    'src/prometheus',
    'src/saved-views',
    'src/stats',
    'src/stream',
    'views',
  ],
  'src/browser': [],
  'src/cli': ['src/access', 'src/backup', 'src/config', 'src/db', 'src/errors', 'src/log'],
}

/** Files at the top of src put the parts together: they know everything. */
function isComposition(file: string): boolean {
  return /^src\/[^/]+$/.test(file)
}

const files = [...sources('src'), ...sources('views')].filter(
  (file) => !/(\.test|\/test-[\w-]+)\.tsx?$/.test(file),
)
const layered = files.filter((file) => !isComposition(file))

test.each(layered)('%s imports from earlier layers only', (file) => {
  const layer = layerOf(file)
  const allowed = [layer, ...(ALLOWED[layer] ?? [])]
  const foreign = importsOf(file)
    .map(layerOf)
    .filter((other) => !allowed.includes(other))
  expect(ALLOWED, `${layer} is a layer`).toHaveProperty([layer])
  expect(foreign).toEqual([])
})

test('the streams know neither tables nor markup', () => {
  const inStream = files.filter((file) => layerOf(file) === 'src/stream')
  const foreign = inStream.flatMap((file) =>
    importsOf(file).filter((path) => /src\/db|views/.test(path)),
  )
  expect(inStream.length).toBeGreaterThan(3)
  expect(foreign).toEqual([])
  expect(inStream.filter((file) => file.endsWith('.tsx'))).toEqual([])
})

test('no file imports itself by way of others, types included', () => {
  const graph = new Map(files.map((file) => [file, importsOf(file).flatMap(fileOf)]))
  const circles = files.map((file) => pathBack(graph, file)).filter((path) => path.length > 0)
  expect(Math.max(...[...graph.values()].map((imported) => imported.length))).toBeGreaterThan(10)
  expect(circles.map((path) => path.join(' → '))).toEqual([])
})

test('only appendEvents inserts into the log', () => {
  const insert = /insert\s+into\s+(public\.)?"?events\b|insertInto\('events'\)/i
  const migrations = readdirSync(projectPath('migrations')).map((name) => `migrations/${name}`)
  const writers = [...files, ...migrations].filter((file) =>
    insert.test(readFileSync(projectPath(file), 'utf8')),
  )
  expect(migrations.length).toBeGreaterThan(5)
  expect(writers).toEqual(['src/log/append.ts'])
})

test('nothing writes markup that was not escaped', () => {
  const unsafe = /dangerouslySetInnerHTML|from 'hono\/html'|\binnerHTML\b|insertAdjacentHTML/
  const offenders = files.filter((file) => unsafe.test(readFileSync(projectPath(file), 'utf8')))
  expect(offenders).toEqual([])
})

test('there is one copy of htmx', () => {
  const lock = JSON.parse(readFileSync(projectPath('package-lock.json'), 'utf8'))
  const copies = Object.keys(lock.packages).filter((path) => path.endsWith('node_modules/htmx.org'))
  expect(copies).toEqual(['node_modules/htmx.org'])
  expect(lock.packages[copies[0] ?? ''].version).toMatch(/^2\.0\./)
})

function sources(folder: string): string[] {
  return readdirSync(projectPath(folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return sources(path)
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

function importsOf(file: string): string[] {
  const text = readFileSync(projectPath(file), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import) '(\.{1,2}\/[^']+)'/g)].map(
    (match) => match[1] ?? '',
  )
  const root = projectPath()
  return specifiers
    .map((specifier) =>
      relative(root, resolve(dirname(join(root, file)), specifier)).replaceAll('\\', '/'),
    )
    .filter((path) => path !== 'package.json')
}

function layerOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  return top === 'src' ? `src/${second.replace(/\.tsx?$/, '')}` : top
}

/** The source file that an import names; none for what is not a source. */
function fileOf(path: string): string[] {
  return [path, `${path}.ts`, `${path}.tsx`].filter((name) => files.includes(name))
}

/** The shortest way from a file's imports back to the file; empty where there is none. */
function pathBack(graph: ReadonlyMap<string, readonly string[]>, file: string): string[] {
  const ways = [[file]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? '') ?? []) {
      if (next === file) return [...way, file]
      if (!seen.has(next)) ways.push([...way, next])
      seen.add(next)
    }
  }
  return []
}
