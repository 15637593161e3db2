import { parentPort, workerData } from 'node:worker_threads'
import type { RedactionRules } from '../../config/redaction-rules'
import { createRedaction } from '../redact'
import { type Body, decodeBody } from './decode-body'
import { pack, transfersOf } from './packed'

/** What a worker is started with. */
export interface DecoderData {
  readonly rules: RedactionRules
}

// A program of its own: dist/decode-worker.js. It takes one body after the other and answers each.
const redact = createRedaction((workerData as DecoderData).rules)

parentPort?.on('message', (body: Body) => {
  const packed = pack(() => decodeBody(body, redact))
  parentPort?.postMessage(packed, transfersOf(packed))
})
