import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/**
 * Reads a secret from the terminal without echo, or the first line of standard input where there is
 * no terminal.
 */
export async function askSecret(
  question: string,
  { stdin, stderr }: Pick<NodeJS.Process, 'stdin' | 'stderr'>,
): Promise<string> {
  const isTerminal = stdin.isTTY === true
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: stdin, output: nowhere, terminal: isTerminal })
  if (isTerminal) stderr.write(question)
  // Ctrl-C and Ctrl-D are no answer.
  const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')))
  const line = new Promise<string>((resolve) => reader.once('line', resolve))
  const answer = await Promise.race([line, closed])
  reader.close()
  if (isTerminal) stderr.write('\n')
  return answer
}
