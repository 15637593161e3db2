import { Counter, Gauge, type Registry } from 'prom-client'

type Labels = Record<string, string>
/** What is read at each scrape: one number, or one for each set of labels. */
type Read = () => number | Iterable<readonly [Labels, number]>

interface Mirror {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly string[]
  readonly read: Read
}

/** A counter that another part keeps, so that counting costs it nothing but an addition. */
export function mirrorCounter(registry: Registry, { read, labelNames = [], ...rest }: Mirror) {
  const counter = new Counter({
    ...rest,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset()
      for (const [labels, value] of valuesOf(read)) this.inc(labels, value)
    },
  })
  return counter
}

/** A state of another part, read at each scrape. */
export function mirrorGauge(registry: Registry, { read, labelNames = [], ...rest }: Mirror) {
  const gauge = new Gauge({
    ...rest,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset()
      for (const [labels, value] of valuesOf(read)) this.set(labels, value)
    },
  })
  return gauge
}

function valuesOf(read: Read): Iterable<readonly [Labels, number]> {
  const values = read()
  return typeof values === 'number' ? [[{}, values]] : values
}
