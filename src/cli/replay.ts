import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { parseRecording, replay, summarize } from './replay-run'

const HELP = `Posts recorded hooks of Claude Code to a running Muster, in their order.

  npm run replay -- FILE [--speed N] [--url ADDRESS]

  FILE       one hook payload (a JSON object) a line
  --speed N  hooks a second; 0 posts each as soon as the last was answered (default 50)
  --url      where Muster is (default http://127.0.0.1:4690, or PORT and HOST if set)
`

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      speed: { type: 'string', default: '50' },
      url: { type: 'string', default: defaultUrl() },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [file] = positionals
  if (values.help || !file || positionals.length > 1) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const perSecond = Number(values.speed)
  if (!(perSecond >= 0 && perSecond <= 100_000)) {
    throw new Error(`--speed has to be a number from 0 to 100000, not “${values.speed}”`)
  }
  if (!URL.canParse(values.url)) throw new Error(`--url is no address: “${values.url}”`)
  const payloads = parseRecording(await readRecording(file))
  const result = await replay(payloads, { url: values.url, perSecond, onProgress: showProgress })
  process.stdout.write('\n')
  console.log(summarize(result))
  return result.refused.length === 0 ? 0 : 1
}

function defaultUrl(): string {
  return `http://${process.env.HOST || '127.0.0.1'}:${process.env.PORT || '4690'}`
}

async function readRecording(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`The recording cannot be read: ${reason}`)
  }
}

let shownAt = 0

function showProgress(done: number, total: number, refused: number): void {
  const now = Date.now()
  if (done < total && now - shownAt < (process.stdout.isTTY ? 100 : 2_000)) return
  shownAt = now
  const trouble = refused > 0 ? `, ${refused} refused` : ''
  const line = `${done} of ${total} hooks posted${trouble}`
  process.stdout.write(process.stdout.isTTY ? `\r${line} ` : `${line}\n`)
}
