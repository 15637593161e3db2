import type { Child } from 'hono/jsx'

export function Panel({ id, title, children }: { id: string; title: string; children?: Child }) {
  return (
    <section id={id} class="panel" aria-labelledby={`${id}-title`} hx-swap-oob="morph">
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  )
}

export function Pair({ name, children }: { name: string; children?: Child }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** It scrolls by itself where it does not fit, by keyboard too. */
export function Numbers({ name, children }: { name: string; children?: Child }) {
  return (
    <section class="numbers-scroll" aria-label={name} tabindex={0}>
      <table class="numbers">{children}</table>
    </section>
  )
}
