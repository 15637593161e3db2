const POINTER_REST_MS = 20_000
const FOCUS_REST_MS = 60_000

let isPointed = false
let isFocused = false
let restTimer = 0

/** The pointer or the keyboard focus is in the board, and has moved lately. */
export function isInUse(): boolean {
  return isPointed || isFocused
}

/**
 * Follows pointer and focus. A pointer that was left lying on the board for 20 s, or a focus for a
 * minute, counts as gone: an idle page shows the real order.
 */
export function startUse(board: HTMLElement, left: () => void): void {
  const changed = (): void => {
    clearTimeout(restTimer)
    if (!isInUse()) {
      left()
      return
    }
    restTimer = window.setTimeout(
      () => {
        isPointed = false
        isFocused = false
        left()
      },
      isFocused ? FOCUS_REST_MS : POINTER_REST_MS,
    )
  }
  const pointed = (value: boolean): void => {
    isPointed = value
    changed()
  }
  // Followed on the whole page: a board that is pushed aside by what appears above it is left by
  // the pointer as well, without a movement.
  const follow = (event: PointerEvent): void =>
    pointed(event.target instanceof Node && board.contains(event.target))
  document.addEventListener('pointermove', follow, { passive: true })
  document.addEventListener('pointerdown', follow, { passive: true })
  document.documentElement.addEventListener('pointerleave', () => pointed(false))
  board.addEventListener('focusin', () => {
    isFocused = true
    changed()
  })
  board.addEventListener('keydown', changed)
  board.addEventListener('focusout', (event) => {
    isFocused = event.relatedTarget instanceof Node && board.contains(event.relatedTarget)
    changed()
  })
}
