import type { Child } from 'hono/jsx'

/** One line of a `<dl>`; nothing where nothing is known. */
export function Fact({ name, children }: { name: string; children?: Child }) {
  if (children === null || children === undefined || children === '') return null
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  )
}
