import { runCommand } from './run-command'
import { surroundingsOf } from './surroundings'

process.exitCode = await runCommand(process.argv.slice(2), surroundingsOf(process))
