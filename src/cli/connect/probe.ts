import { spawn } from 'node:child_process'
import type { CliContext } from '../context'
import type { AgentName } from './connected-agent'
import type { Handler } from './hooks-file'

const DEFAULT_TIMEOUT_SECONDS = 600

/** A payload that shows on no page; its session's id finds it in the log. */
export function probePayload(sessionId: string, cwd: string): string {
  return JSON.stringify({ session_id: sessionId, hook_event_name: 'MusterCheck', cwd })
}

/** The same as Codex gives it to `notify`. */
export function notifyPayload(sessionId: string, cwd: string): string {
  const turn = { 'thread-id': sessionId, 'turn-id': '1', cwd }
  return JSON.stringify({ type: 'muster-check', ...turn })
}

/**
 * Sends a payload through a hook, as its agent would. Returns what went wrong, or null; a command
 * says nothing of that, so null does not mean that it arrived.
 */
export async function sendThrough(
  handler: Handler,
  payload: string,
  { agent, around }: { agent: AgentName; around: CliContext },
): Promise<string | null> {
  const seconds = Number(handler.timeout) > 0 ? Number(handler.timeout) : DEFAULT_TIMEOUT_SECONDS
  if (handler.type === 'http') return post(handler, payload, { seconds, around })
  const [file, ...args] = shellOf(agent, around)
  return run([file ?? 'sh', ...args, String(handler.command)], { payload, seconds, around })
}

/** Runs `notify` with the payload as its last argument. */
export function sendToNotify(
  program: readonly string[],
  payload: string,
  around: CliContext,
): Promise<string | null> {
  return run([...program, payload], { payload: '', seconds: 5, around })
}

async function post(
  { url, headers, allowedEnvVars }: Handler,
  body: string,
  { seconds, around }: { seconds: number; around: CliContext },
): Promise<string | null> {
  const allowed = Array.isArray(allowedEnvVars) ? allowedEnvVars.map(String) : []
  const variable = (name: string) => (allowed.includes(name) ? (around.env[name] ?? '') : '')
  const expanded = Object.entries(Object(headers)).map(([name, value]): [string, string] => [
    name,
    String(value).replace(/\$\{?(\w+)\}?/g, (_, name: string) => variable(name)),
  ])
  try {
    const response = await fetch(String(url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...Object.fromEntries(expanded) },
      body,
      signal: AbortSignal.timeout(seconds * 1_000),
    })
    const text = await response.text()
    return response.ok ? null : `${response.status} ${text.slice(0, 200)}`
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return tooLong(seconds)
    return 'nobody answers'
  }
}

/** The shells that the agents use themselves. */
function shellOf(agent: AgentName, { env, platform }: CliContext): string[] {
  if (platform === 'win32') return agent === 'codex' ? ['cmd.exe', '/C'] : ['bash', '-c']
  return agent === 'codex' ? [env.SHELL || '/bin/sh', '-lc'] : ['/bin/sh', '-c']
}

function run(
  [file = '', ...args]: readonly string[],
  { payload, seconds, around }: { payload: string; seconds: number; around: CliContext },
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env: { ...around.env }, stdio: ['pipe', 'ignore', 'ignore'] })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      resolve(tooLong(seconds))
    }, seconds * 1_000)
    const end = (fault: string | null) => {
      clearTimeout(timer)
      resolve(fault)
    }
    child.once('error', (error) => end(error.message))
    child.once('exit', (code) => end(code === 0 ? null : `${file} ended with ${code}`))
    // A command that reads nothing closes the pipe.
    child.stdin.once('error', () => undefined)
    child.stdin.end(payload)
  })
}

function tooLong(seconds: number): string {
  return `it took longer than its ${seconds} s`
}
