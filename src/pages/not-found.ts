/** There is no such page; the message says what was looked for. */
export class NotFound extends Error {}
