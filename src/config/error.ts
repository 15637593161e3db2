/** The configuration is wrong; the message names all that is, where, and why. */
export class ConfigError extends Error {}
