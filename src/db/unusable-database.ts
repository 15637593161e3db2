/** A database that Muster cannot work with. The message says what is wrong and what to do about it. */
export class UnusableDatabase extends Error {
  override readonly name = 'UnusableDatabase'
}
