import { backup } from './backup'
import type { Command } from './command'
import { connect } from './connect/connect'
import { db } from './db'
import { demo } from './demo/demo'
import { replay } from './replay/replay'
import { restore } from './restore'
import { token } from './token'
import { user } from './user'

/** Every command, one file each, in the order of the list that `muster help` shows. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  connect,
  demo,
  replay,
  backup,
  restore,
  db,
  token,
  user,
}
