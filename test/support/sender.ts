import { Worker } from 'node:worker_threads'
import { within } from './deadline'

export interface SentBody {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Sends requests from a thread of its own, so that the sender's work is not on this event loop. */
export class TestSender {
  private readonly worker: Worker

  constructor(address: string) {
    this.worker = new Worker(SENDER, { eval: true, workerData: address })
  }

  /** Resolves with the status when the answer is there. */
  async send(request: SentBody): Promise<number> {
    const answered = new Promise<number>((resolve, reject) => {
      this.worker.once('message', resolve)
      this.worker.once('error', reject)
    })
    this.worker.postMessage(request)
    return within(`${request.path} answers`, answered, 60_000)
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }
}

const SENDER = `
  const { request } = require('node:http')
  const { parentPort, workerData } = require('node:worker_threads')
  parentPort.on('message', ({ path, headers, body }) => {
    const options = { method: 'POST', headers: { 'Content-Length': body.length, ...headers } }
    const sent = request(workerData + path, options, (response) => {
      response.resume()
      response.on('end', () => parentPort.postMessage(response.statusCode))
    })
    sent.on('error', (error) => { throw error })
    sent.end(body)
  })`
