import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** The contents of postmaster.pid, one fact a line. */
export interface PidFile {
  pid: number
  folder: string
  port: number
  /** Of its socket; empty where it has none. */
  socketFolder: string
  /** `ready` once it answers. */
  status: string
}

export function pidFilePath(cluster: string): string {
  return path.join(cluster, 'postmaster.pid')
}

/** Undefined where there is none. While the server starts, the later lines are still missing. */
export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(pidFilePath(cluster), 'utf8').catch(() => '')
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return {
    pid,
    folder: lines[1] ?? '',
    port: Number(lines[3]),
    socketFolder: lines[4] ?? '',
    status: lines[7] ?? '',
  }
}
