import { findAssignments } from './assignment'
import { findCommandPasswords } from './command'
import { findBase64, findEscaped } from './encoded'
import { findHeaders } from './header'
import { findPrivateKeys } from './private-key'
import type { Finder, Secret } from './secret'
import { findTokens, findWebTokens } from './tokens'
import { findUrlParameters, findUrlPasswords } from './url'

/** What tells best what it is comes first: of two that begin at one place the first gives the name. */
const FINDERS: readonly Finder[] = [
  findPrivateKeys,
  findTokens,
  findWebTokens,
  findUrlPasswords,
  findUrlParameters,
  findHeaders,
  findAssignments,
  findCommandPasswords,
]

/** The shortest secret with its name: `pwd=abc`. */
const MIN_TEXT = 7
/** Base64 within base64 is looked into, and no deeper. */
const MAX_LAYERS = 2

/** All secrets of known shapes in a text, in time in proportion to its length. They may overlap. */
export function findSecrets(text: string): Secret[] {
  return findLayer(text, 0)
}

function findLayer(text: string, layer: number): Secret[] {
  if (text.length < MIN_TEXT) return []
  const secrets = findPlain(text, layer)
  if (!text.includes('\\')) return secrets
  return secrets.concat(findEscaped(text, (plain) => findPlain(plain, layer)))
}

function findPlain(text: string, layer: number): Secret[] {
  const secrets = FINDERS.flatMap((find) => find(text))
  if (layer === MAX_LAYERS) return secrets
  return secrets.concat(findBase64(text, (decoded) => findLayer(decoded, layer + 1)))
}
