import type { Markup } from '../render'

/** Drawn for 16 px on a grid of 16, with strokes of 1.5 where not filled. */
const SHAPES = {
  awaiting_input: () => (
    <>
      <path d="M2.5 3.25h11v7.5H7.25L4.5 13.5v-2.75h-2z" />
      <circle cx="8" cy="7" r="1.6" class="fill" />
    </>
  ),
  errored: () => (
    <>
      <path d="M5.4 1.75h5.2l3.65 3.65v5.2l-3.65 3.65H5.4L1.75 10.6V5.4z" />
      <path d="M8 5v3.5" />
      <circle cx="8" cy="10.9" r=".9" class="fill" />
    </>
  ),
  stuck: () => (
    <path d="M4 1.75h8M4 14.25h8M4.75 2v2.5L8 8l3.25-3.5V2M4.75 14v-2.5L8 8l3.25 3.5V14" />
  ),
  processing: () => (
    <>
      <circle cx="8" cy="8" r="5.75" class="faint" />
      <path d="M8 2.25A5.75 5.75 0 0 1 13.75 8" />
    </>
  ),
  background: () => <circle cx="8" cy="8" r="5.75" stroke-dasharray="3 2.2" />,
  complete: () => <path d="M2.75 8.5l3.5 3.5 7-7.75" />,
  idle: () => <circle cx="8" cy="8" r="2.5" class="fill" />,
  lost: () => (
    <path d="M10.3 2.75A5.75 5.75 0 0 1 13.6 9.2M11.4 12.6a5.75 5.75 0 0 1-7 .1M2.5 9.6a5.75 5.75 0 0 1 3.2-6.9" />
  ),
  ended: () => <rect x="4" y="4" width="8" height="8" rx="1" />,
  red: () => <circle cx="8" cy="8" r="5.5" class="fill" />,
  yellow: () => (
    <>
      <circle cx="8" cy="8" r="4.75" />
      <path d="M8 3.25a4.75 4.75 0 0 1 0 9.5z" class="fill" />
    </>
  ),
  green: () => <circle cx="8" cy="8" r="4.75" />,
  bell: () => (
    <>
      <path
        d="M3.25 11.5h9.5c-1-1-1.4-2.2-1.4-4.6a3.35 3.35 0 0 0-6.7 0c0 2.4-.4 3.6-1.4 4.6z"
        class="bell"
      />
      <path d="M6.75 13.75a1.4 1.4 0 0 0 2.5 0" />
      <path d="M2.5 2.5l11 11" class="slash" />
    </>
  ),
  close: () => <path d="M4.5 4.5l7 7M11.5 4.5l-7 7" />,
  branch: () => <path d="M4 3.5v4.25a2 2 0 0 0 2 2h6M9.5 7.25l2.5 2.5-2.5 2.5" />,
  roll: () => <path d="M2.5 3.5h2M2.5 8h2M2.5 12.5h2M7 3.5h6.5M7 8h6.5M7 12.5h4" />,
} satisfies Record<string, () => Markup>

export type IconName = keyof typeof SHAPES

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class={`icon icon-${name}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]()}
    </svg>
  )
}
