import { isObject } from './hook-payload'

/**
 * What Codex gives to its `notify` program, in the words of a hook; null where the body is no such
 * thing. The names in it are in kebab case, and the thread is what hooks call the session.
 */
export function hookOfNotify(body: unknown): Readonly<Record<string, unknown>> | null {
  if (!isObject(body) || typeof body.type !== 'string' || 'hook_event_name' in body) return null
  const { type, 'thread-id': thread, 'turn-id': turn, 'last-assistant-message': message } = body
  return {
    ...body,
    session_id: thread,
    turn_id: turn,
    hook_event_name: eventName(type),
    last_assistant_message: message,
  }
}

/** `agent-turn-complete` becomes AgentTurnComplete. */
function eventName(type: string): string {
  const words = type.split(/[^a-zA-Z0-9]+/).filter((word) => word !== '')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('') || 'Unknown'
}
