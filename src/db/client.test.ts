import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DatabaseClient, requiringScram } from './client'
import { connectPool } from './connect'
import { addressOf } from './embedded/address'

const PASSWORD = 'the password of the embedded server'

const CLEAR_TEXT = authentication(3)
const MD5 = authentication(5, Buffer.from('salt'))
const NO_QUESTION = Buffer.concat([authentication(0), message('Z', Buffer.from('I'))])
const SASL = authentication(10, Buffer.from('SCRAM-SHA-256\0\0'))

let folder: string
let server: Server
let received: Buffer[]
const sockets = new Set<Socket>()

/** Stands where the embedded server stood, and answers each message of a client with the next one. */
async function stand(...answers: Buffer[]): Promise<string> {
  server = createServer((socket) => {
    sockets.add(socket)
    const left = [...answers]
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      received.push(bytes)
      const answer = left.shift()
      if (answer) socket.write(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(path.join(folder, '.s.PGSQL.5432'), resolve))
  return addressOf({ kind: 'socket', folder }, PASSWORD)
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'muster-wire-'))
  received = []
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

const text = () => Buffer.concat(received).toString('latin1')

describe('a server that is not ours', () => {
  it.each([
    ['asks for the password in clear text', [CLEAR_TEXT], 'asks for the password itself'],
    ['asks for an MD5 hash of it', [MD5], 'asks for an MD5 hash'],
    ['asks for nothing', [NO_QUESTION], 'does not prove'],
    [
      'asks in clear text after SCRAM has begun',
      [SASL, CLEAR_TEXT],
      'asks for the password itself',
    ],
    ['lets us in after SCRAM has begun', [SASL, NO_QUESTION], 'does not prove'],
  ])('that %s is told nothing', async (_, answers, complaint) => {
    const client = new DatabaseClient(await stand(...answers))
    const errors: string[] = []
    client.on('error', (error) => errors.push(error.message))
    const ended = new Promise((resolve) => client.once('end', resolve))
    await client
      .connect()
      .then(() => client.query('SELECT 1'))
      .catch((error: Error) => errors.push(error.message))
    await ended
    expect(errors.join('\n')).toContain(complaint)
    // The start of the connection, and the first step of SCRAM, which says nothing of the password.
    expect(received).toHaveLength(answers.length)
    expect(text()).not.toContain(PASSWORD)
    expect(text()).not.toContain('SELECT')
  })

  it('is told nothing by a pool either', async () => {
    const pool = connectPool(await stand(CLEAR_TEXT), { max: 1 })
    await expect(pool.query('SELECT 1')).rejects.toThrow('asks for the password itself')
    await pool.end()
    expect(received).toHaveLength(1)
  })
})

it('a server of DATABASE_URL may ask as it likes', async () => {
  const own = new URL(await stand(CLEAR_TEXT, NO_QUESTION))
  own.search = ''
  const client = new DatabaseClient({ connectionString: own.href })
  client.on('error', () => undefined)
  await client.connect()
  expect(text()).toContain(PASSWORD)
  // pg waits for an answer to its farewell, which never comes.
  void client.end()
})

it('an address that wants proof keeps what else it says', () => {
  expect(requiringScram('postgres://me:x@%2Frun%2Fa:5432/muster?a=b')).toBe(
    'postgres://me:x@%2Frun%2Fa:5432/muster?a=b&require_auth=scram-sha-256',
  )
})

function authentication(kind: number, more: Buffer = Buffer.alloc(0)): Buffer {
  const code = Buffer.alloc(4)
  code.writeInt32BE(kind)
  return message('R', Buffer.concat([code, more]))
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}
