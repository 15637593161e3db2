import { readFileSync } from 'node:fs'
import { isNode, LineCounter, parseDocument, type YAMLError } from 'yaml'
import { ConfigError } from './error'
import { projectPath } from './project-path'

/** A file of settings, with the lines on which its keys stand. */
export interface ConfigFile {
  readonly name: string
  readonly values: unknown
  /** The line of a key, or of the nearest key around it. */
  lineOf(path: readonly PropertyKey[]): number
}

/** Reads config.yaml, or the file that MUSTER_CONFIG names. Without it there are the defaults. */
export function readConfigFile(env: Record<string, string | undefined>): ConfigFile | null {
  const wanted = env.MUSTER_CONFIG?.trim()
  const name = wanted || projectPath('config.yaml')
  try {
    return parseConfigFile(name, readFileSync(name, 'utf8'))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing && !wanted) return null
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`The configuration cannot be read: ${reason}`)
  }
}

/** Throws ConfigError with every place where the text is no YAML. */
export function parseConfigFile(name: string, text: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  if (document.errors.length > 0) {
    const places = document.errors.map((error: YAMLError) => `  ${name}: ${error.message}`)
    throw new ConfigError(`The configuration is no YAML:\n${places.join('\n')}`)
  }
  return {
    name,
    values: document.toJS() ?? {},
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true)
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
      }
      return 1
    },
  }
}
