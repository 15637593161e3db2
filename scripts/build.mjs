import { existsSync } from 'node:fs'
import { cp, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './root.mjs'

/** Runs in threads of the server, which find it beside the server's own program. */
const DECODE_WORKER = 'src/ingest/decode/worker.ts'

/** Writes the program of those threads alone, with all that it needs, for a server that runs from its sources. */
export async function buildDecodeWorker(outfile) {
  const { build: bundle } = await import('esbuild')
  await bundle({
    absWorkingDir: root,
    entryPoints: [DECODE_WORKER],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  })
}

/** Writes everything that runs to `out`: the programs for Node, and the browser's assets. */
export async function build({ from = root, out = path.join(root, 'dist') } = {}) {
  const { build: bundle } = await import('esbuild')
  const shared = {
    absWorkingDir: from,
    bundle: true,
    sourcemap: true,
    logLevel: 'error',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
  }
  const [, browser] = await Promise.all([
    bundle({
      ...shared,
      entryPoints: await programs(from),
      outdir: out,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
    }),
    bundle({
      ...shared,
      entryPoints: { muster: 'src/browser/main.ts' },
      outdir: path.join(out, 'assets'),
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
      minify: true,
      sourcemap: 'linked',
      // Its extensions must find the copy of htmx that the page uses, not one of their own.
      alias: { 'htmx.org': createRequire(import.meta.url).resolve('htmx.org') },
      metafile: true,
    }),
    bundle({
      absWorkingDir: from,
      entryPoints: { muster: 'public/muster.css' },
      outdir: path.join(out, 'assets'),
      bundle: true,
      minify: true,
      sourcemap: 'linked',
      logLevel: 'error',
    }),
    cp(path.join(from, 'public'), path.join(out, 'assets'), {
      recursive: true,
      filter: (file) => !/\.css$|[\\/]css$/.test(file),
    }),
  ])
  requireOneHtmx(browser.metafile)
}

async function programs(from) {
  const entries = {
    server: 'src/server.ts',
    'decode-worker': DECODE_WORKER,
    'cli/muster': 'src/cli/muster.ts',
  }
  const bench = path.join(from, 'bench')
  const files = existsSync(bench) ? await readdir(bench) : []
  for (const file of files) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
    entries[`bench/${path.basename(file, '.ts')}`] = `bench/${file}`
  }
  return entries
}

/** Two copies of htmx would each have their own idea of which elements they have seen. */
function requireOneHtmx({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs ?? {}))
  const copies = new Set(inputs.filter((input) => /node_modules\/htmx\.org\/dist\//.test(input)))
  if (copies.size !== 1) {
    throw new Error(
      `The browser's script must hold one copy of htmx, and it holds ${copies.size}: ${[...copies].join(', ') || 'none'}.`,
    )
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { ensureInstalled } = await import('./install.mjs')
  const { runScript } = await import('./script.mjs')
  await runScript(async () => {
    await ensureInstalled()
    await build()
  })
}
