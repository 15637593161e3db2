import { Icon } from './icon'

/**
 * Asks for desktop notifications, and mutes them. What the browser allows is known to the browser
 * alone: until its script has said so, the button keeps its place and is not seen.
 */
export function NotifyButton() {
  return (
    <div class="notify">
      <button
        id="notify"
        class="notify-button"
        type="button"
        data-notify="unknown"
        aria-describedby="notify-note"
      >
        <Icon name="bell" />
        <span class="sr">Desktop notifications: </span>
        <span class="notify-word" />
      </button>
      <p id="notify-note" class="notify-note" popover="auto" />
    </div>
  )
}
