import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
  /** Changes with the content, so that a browser may keep the file for ever. */
  readonly url: string
}

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
}

/** Reads all files of the folder into memory. Requests never touch the file system. */
export function loadAssets(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>()
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue
    const body = new Uint8Array(readFileSync(join(folder, entry.name)))
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12)
    const type = TYPES[extname(entry.name)] ?? 'application/octet-stream'
    assets.set(entry.name, { body, type, url: `/assets/${entry.name}?v=${hash}` })
  }
  return assets
}

export function assetUrl(assets: ReadonlyMap<string, Asset>, name: string): string {
  return assets.get(name)?.url ?? `/assets/${name}`
}
