import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { type ServerUser, spawnOptions } from './run'

/** `read` returns when the other end of its input is closed, by us or by the kernel. */
const WAIT_THEN_END = 'read -r _; kill -INT "$1"'

/**
 * Ends the server if this process dies without having ended it, as after a SIGKILL: a shell waits for
 * the end of a pipe that this process alone holds. Returns what ends the watch. On Windows there is
 * none, and a server that was left over is ended by the next start.
 */
export function guardPostmaster(pid: number, user: ServerUser | undefined): () => void {
  if (process.platform === 'win32') return () => undefined
  const guard = spawn('/bin/sh', ['-c', WAIT_THEN_END, 'muster-guard', String(pid)], {
    ...spawnOptions(user, ['pipe', 'ignore', 'ignore']),
    // A Ctrl-C in the terminal is not for it.
    detached: true,
  })
  guard.on('error', () => undefined)
  guard.stdin?.on('error', () => undefined)
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  guard.unref()
  return () => void guard.kill('SIGKILL')
}
