import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const DOWNLOAD_TIMEOUT_MS = 180_000
const APT_TIMEOUT_MS = 300_000
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/**
 * Finds a Chromium for the browser tests, or gets one. Returns its path, or null where Playwright
 * has a browser of its own.
 * @returns {Promise<string | null>}
 */
export async function ensureBrowser() {
  const wanted = process.env.MUSTER_BROWSER ?? process.env.CHROME_PATH
  if (wanted) {
    if (isExecutable(wanted)) return wanted
    throw new Error(`MUSTER_BROWSER or CHROME_PATH names ${wanted}, which cannot be run.`)
  }
  const installed = findInstalled()
  if (installed) return installed
  if (await playwrightHasBrowser()) return null

  const ways = canUseApt() ? [installWithApt, downloadWithPlaywright] : [downloadWithPlaywright]
  for (const way of ways) {
    way()
    const found = findInstalled()
    if (found) return found
    if (await playwrightHasBrowser()) return null
  }
  throw new Error(
    'No browser for the tests: install Chromium or Chrome, or name one with MUSTER_BROWSER=/path/to/chrome.',
  )
}

function findInstalled() {
  return [...onPath(), ...usualPlaces()].find(isExecutable) ?? null
}

function onPath() {
  const extension = process.platform === 'win32' ? '.exe' : ''
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)
  return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name + extension)))
}

function usualPlaces() {
  if (process.platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge']
    const roots = ['/Applications', path.join(process.env.HOME ?? '/', 'Applications')]
    return roots.flatMap((root) =>
      apps.map((app) => path.join(root, `${app}.app`, 'Contents', 'MacOS', app)),
    )
  }
  if (process.platform === 'win32') {
    const roots = ['LOCALAPPDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)']
      .map((name) => process.env[name])
      .filter(Boolean)
    const files = ['Google/Chrome', 'Chromium', 'Microsoft/Edge'].map((name) =>
      path.join(name, 'Application', name.endsWith('Edge') ? 'msedge.exe' : 'chrome.exe'),
    )
    return roots.flatMap((root) => files.map((file) => path.join(root, file)))
  }
  return ['/opt/google/chrome/chrome', '/usr/lib/chromium/chromium', '/snap/bin/chromium']
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Playwright wants two builds: the whole browser, and the headless shell that tests run in. */
async function playwrightHasBrowser() {
  const { chromium } = await import('playwright')
  const whole = chromium.executablePath()
  if (!whole) return false
  const cache = path.dirname(whole.slice(0, whole.search(/chromium-\d+/) + 'chromium-0'.length))
  const revision = /chromium-(\d+)/.exec(whole)?.[1]
  return existsSync(whole) && existsSync(path.join(cache, `chromium_headless_shell-${revision}`))
}

function downloadWithPlaywright() {
  const cli = path.join(
    path.dirname(createRequire(import.meta.url).resolve('playwright/package.json')),
    'cli.js',
  )
  console.log('Downloading a browser for the tests …')
  run(process.execPath, [cli, 'install', 'chromium'], DOWNLOAD_TIMEOUT_MS)
}

function canUseApt() {
  return (
    process.platform === 'linux' && process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get')
  )
}

function installWithApt() {
  console.log('Installing the chromium package for the tests …')
  const packages = ['chromium', ...(hasFonts() ? [] : ['fonts-dejavu-core'])]
  run('apt-get', ['-q', 'update'], APT_TIMEOUT_MS)
  run('apt-get', ['-q', 'install', '-y', '--no-install-recommends', ...packages], APT_TIMEOUT_MS)
}

function hasFonts() {
  return Boolean(spawnSync('fc-list', { encoding: 'utf8' }).stdout?.trim())
}

function run(file, args, timeout) {
  const result = spawnSync(file, args, {
    // The package manager's many lines are of interest only when it fails.
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (result.status === 0) return
  const reason = result.error?.message ?? `${result.stdout}\n${result.stderr}`.trim().slice(-1500)
  console.log(`${path.basename(file)} ${args.join(' ')} failed: ${reason}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await ensureBrowser()) ?? "Playwright's own browser")
}
