import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's top folder, wherever the script was started. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
