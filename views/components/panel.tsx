import type { Child } from 'hono/jsx'
import { type PageRegion, region } from '../region'

export function panelRegion(id: string, title: string, content: Child): PageRegion {
  return region(
    id,
    <section class="panel" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {content}
    </section>,
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
