import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { defaultAddress } from '../address'
import { type Command, UsageError } from '../command'
import { parseRecording, replay as replayRecording, summarize } from './run'

const HELP = `Posts recorded hooks of Claude Code to a running Muster, in their order.

  npm run replay -- FILE [--speed N] [--url ADDRESS]

  FILE       one hook payload (a JSON object) a line
  --speed N  hooks a second; 0 posts each as soon as the last was answered (default 50)
  --url      where Muster is (default http://127.0.0.1:4690, or PORT and HOST if set)
`

export const replay: Command = {
  summary: 'posts a file of recorded hooks',
  help: HELP,
  async run(args, { env, print }) {
    const { values, positionals } = parse(args, defaultAddress(env))
    const [file] = positionals
    if (!file || positionals.length > 1) throw new UsageError('Name one file to replay')
    const perSecond = Number(values.speed)
    if (!(perSecond >= 0 && perSecond <= 100_000)) {
      throw new UsageError(`--speed has to be a number from 0 to 100000, not “${values.speed}”`)
    }
    if (!URL.canParse(values.url)) throw new UsageError(`--url is no address: “${values.url}”`)
    const payloads = parseRecording(await readRecording(file))
    const result = await replayRecording(payloads, {
      url: values.url,
      perSecond,
      onProgress: showProgress,
    })
    process.stdout.write('\n')
    print(summarize(result))
    return result.refused.length === 0 ? 0 : 1
  },
}

function parse(args: string[], url: string) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        speed: { type: 'string', default: '50' },
        url: { type: 'string', default: url },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
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
