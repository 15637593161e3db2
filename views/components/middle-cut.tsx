import { cutMiddle, splitTail } from './cut'

const TAIL = 18

/** One line of code that loses its middle, not its end, where it is too long for its place. */
export function MiddleCut({ text }: { text: string }) {
  const [head, tail] = splitTail(cutMiddle(text.replace(/\s+/g, ' ').trim(), 240), TAIL)
  return (
    <code class="middle-cut" dir="auto">
      <span class="middle-cut-head">{head}</span>
      <span class="middle-cut-tail">{tail}</span>
    </code>
  )
}
